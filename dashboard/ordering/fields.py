"""The form's field for each parameter of an order: what it is called, what is said beside it, and how one fills it in.

What may be in it is none of the form's business: `orders.parameters` has one rule for pages and programs alike.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.parameters.types import DELAYS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Make = Callable[[bool], forms.Field]  # whether it must be filled in

ONE_A_LINE = _("One a line.")
DEVICES = {1: _("Desktop"), 2: _("Android"), 3: _("iOS"), 4: _("Any mobile"), 5: _("Any device")}
TRAFFIC = {1: _("From a search"), 2: _("From another page"), 3: _("Direct")}


def _text(label: "StrOrPromise", hint: "StrOrPromise" = "", **attrs: Any) -> Make:
    def make(required: bool) -> forms.Field:
        return forms.CharField(label=label, help_text=hint, required=required, widget=forms.TextInput(attrs=attrs))

    return make


def _url(label: "StrOrPromise", hint: "StrOrPromise" = "") -> Make:
    return _text(label, hint, type="url", placeholder="https://", autocomplete="off")


def _number(label: "StrOrPromise", hint: "StrOrPromise" = "", **attrs: Any) -> Make:
    return _text(label, hint, type="number", inputmode="numeric", step=1, autocomplete="off", **attrs)


def _lines(label: "StrOrPromise", hint: "StrOrPromise" = ONE_A_LINE) -> Make:
    counted = {"data-count-lines": "", "data-one": _("1 line"), "data-many": _("{n} lines"), "rows": 7}

    def make(required: bool) -> forms.Field:
        return forms.CharField(label=label, help_text=hint, required=required, widget=forms.Textarea(attrs=counted))

    return make


def _choice(label: "StrOrPromise", choices: Callable[[], Mapping[int, "StrOrPromise"]]) -> Make:
    def offered() -> list[tuple[str, "StrOrPromise"]]:
        return [("", _("Choose…")), *((str(value), text) for value, text in choices().items())]

    def make(required: bool) -> forms.Field:
        return forms.ChoiceField(label=label, required=required, choices=offered)

    return make


class DayField(forms.DateField):
    """A day that the browser's calendar gives, or that is written d/m/Y; it is sent on as the latter."""

    def __init__(self, **how: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], widget=widget, **how)

    def clean(self, value: Any) -> Any:
        """Return the day as the protocol writes it, or nothing."""
        day = super().clean(value)
        return f"{day:%d/%m/%Y}" if day else ""

    def prepare_value(self, value: Any) -> Any:
        """Return the day as a calendar takes it, however it was written."""
        try:
            return self.to_python(value)
        except forms.ValidationError:
            return value


def _day(label: "StrOrPromise", hint: "StrOrPromise" = "") -> Make:
    def make(required: bool) -> forms.Field:
        return DayField(label=label, help_text=hint, required=required)

    return make


def _delays() -> Mapping[int, "StrOrPromise"]:
    later = sorted(DELAYS - {0})
    return {0: _("At once")} | {each: _after(each) for each in later}


def _after(minutes: int) -> str:
    return ngettext("After %(count)d minute", "After %(count)d minutes", minutes) % {"count": minutes}


FIELDS: dict[str, Make] = {
    "link": _url(_("Link"), _("The whole address of what it is for, such as https://example.com/p/1.")),
    "quantity": _number(_("Quantity"), min=1),
    "username": _text(_("Username"), autocomplete="off"),
    "usernames": _lines(_("Usernames")),
    "hashtags": _lines(_("Hashtags")),
    "hashtag": _text(_("Hashtag"), _("Its users are taken."), placeholder="#coffee"),
    "media": _text(_("Media link"), _("The post whose likers are taken."), placeholder="https://"),
    "comments": _lines(_("Comments")),
    "answer_number": _number(_("Number of the answer"), _("Which answer of the poll, counted from 1."), min=1),
    "groups": _lines(_("Groups")),
    "keywords": _lines(_("Keywords")),
    "country": _text(_("Country"), _("The visitors' country: its code or its name."), placeholder="US"),
    "device": _choice(_("Device"), lambda: DEVICES),
    "type_of_traffic": _choice(_("Where visitors come from"), lambda: TRAFFIC),
    "google_keyword": _text(_("What they search for"), _("Needed where they come from a search.")),
    "referring_url": _text(
        _("The page they come from"), _("Needed where they come from another page."), placeholder="https://"
    ),
    "min": _number(_("Least for each post"), min=1),
    "max": _number(_("Most for each post"), min=1),
    "delay": _choice(_("Begin with a post"), _delays),
    "posts": _number(_("New posts"), _("Empty: until you cancel it."), min=1),
    "old_posts": _number(_("Posts that are there already"), min=0),
    "expiry": _day(_("Last day"), _("In UTC. Empty: no last day.")),
    "runs": _number(_("Runs"), _("How many times the quantity is delivered. Empty: once."), min=1),
    "interval": _number(_("Minutes between two runs"), min=1),
    "coupon": _text(_("Coupon"), autocomplete="off", spellcheck="false"),
}
