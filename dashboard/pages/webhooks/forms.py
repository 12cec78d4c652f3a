"""What the pages of webhooks ask."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from accounts.queries import live_keys
from dashboard.pages.webhooks.words import CHOSEN_FROM, WHEN
from dashboard.words import word
from kit import clock
from webhooks.models import ENDPOINTS_PER_KEY, LONGEST_URL

ALL, SOME = "all", "some"


class KeyField(forms.ModelChoiceField):  # type: ignore[type-arg] # at run time it takes none
    """One of the account's keys that open something."""

    def label_from_instance(self, key: ApiKey) -> str:
        """Return the key as its owner knows it, with the dialect that its webhooks speak."""
        return f"{key} ({word(key.dialect)})"


class NewEndpointForm(forms.Form):
    """Asks where to send what, and whose dialect it is told in."""

    url = forms.CharField(
        label=_("URL"),
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks", "autocomplete": "off"}),
        help_text=_("An https address that leads to public servers only, at port 443 or one from 1024."),
    )
    key = KeyField(
        label=_("API key"),
        queryset=ApiKey.objects.none(),
        empty_label=None,
        help_text=format_lazy(
            _(
                "The webhook hears of the whole account, in the dialect of this key, and falls silent when the key is "
                "revoked. A key has at most {most} webhooks."
            ),
            most=ENDPOINTS_PER_KEY,
        ),
    )
    hears = forms.ChoiceField(
        label=_("Events"),
        choices=[(ALL, _("All events, also those still to come")), (SOME, _("Only these:"))],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    events = forms.MultipleChoiceField(
        label=_("Only these"),
        choices=[(kind, WHEN[kind]) for kind in CHOSEN_FROM],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, account_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].queryset = live_keys(account_id)  # type: ignore[attr-defined] # it is a KeyField

    def clean(self) -> dict[str, Any]:
        """Return what was asked for, with no events where it is all of them."""
        given = super().clean() or {}
        if given.get("hears") != SOME:
            given["events"] = []
        elif not given.get("events") and "events" not in self.errors:
            self.add_error("events", _("Choose at least one event, or all of them."))
        return given


class SinceForm(forms.Form):
    """Asks since when what failed is to be sent again."""

    since = forms.DateTimeField(
        label=_("Made since (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        help_text=_("Counted is when a delivery was made, not when it was given up."),
    )


def a_day_ago() -> dict[str, Any]:
    """Return what the form about failed deliveries begins with."""
    return {"since": clock.now().replace(second=0, microsecond=0) - timedelta(days=1)}
