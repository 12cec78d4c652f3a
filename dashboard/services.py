"""Looking through the catalogue: what is asked for in an address, and the page of services that answers it."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.models import ServiceType
from catalog.queries import Listed, Terms
from catalog.searching import at_rates, categories_on_sale, search
from kit.paging import Page

LONGEST_SEARCH = 200


class LongSelect(forms.Select):
    """A choice among hundreds, written in one go: Django fills in a template for each of them, 0.2 ms a time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the field."""
        chosen = "" if value is None else str(value)
        options = ((code, SafeString(" selected") if str(code) == chosen else "", text) for code, text in self.choices)
        told = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html(
            "<select{}>{}</select>", told, format_html_join("", '<option value="{}"{}>{}</option>', options)
        )


class Looking(forms.Form):
    """What services are looked for. A field that says nonsense is told so, and narrows nothing down."""

    q = forms.CharField(
        label=_("Search"),
        max_length=LONGEST_SEARCH,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, category or id")}),
    )
    category = forms.TypedChoiceField(
        label=_("Category"), coerce=int, empty_value=None, required=False, widget=LongSelect()
    )
    type = forms.ChoiceField(label=_("Type"), choices=[("", _("All types")), *ServiceType.choices], required=False)
    refill = forms.BooleanField(label=_("Refill"), required=False)
    cancel = forms.BooleanField(label=_("Cancel"), required=False)
    dripfeed = forms.BooleanField(label=_("Drip-feed"), required=False)

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given, label_suffix="")
        in_it = [(str(number), f"{name} ({services})") for number, name, services in categories_on_sale()]
        self.fields["category"].choices = [("", _("All categories")), *in_it]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """Return the search that it makes."""
        self.is_valid()
        told = self.cleaned_data
        flags = {name: True for name in ("refill", "cancel", "dripfeed") if told.get(name)}
        return {
            "text": told.get("q", ""),
            "category_id": told.get("category"),
            "type": told.get("type", ""),
            **flags,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of services, at the rates of whoever looks, with the form that narrows them down."""

    looking: Looking
    page: Page[Listed]


def shown(given: QueryDict, terms: Terms | None = None, **how: Any) -> Shown:
    """Return the page of services that an address asks for, in three statements.

    :param terms: what the account pays; without it the rates are what everybody pays.
    :param how: what else `catalog.searching.search` takes, such as `per_page`.
    """
    looking = Looking(given)
    page = search(**looking.asked, page=page_of(given), **how)
    return Shown(looking, page if terms is None else replace(page, rows=at_rates(page.rows, terms)))


def page_of(given: QueryDict) -> int:
    """Return the number of the page that is asked for; what is no number is the first."""
    text = given.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 1
