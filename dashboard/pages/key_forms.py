"""What the pages of keys ask."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.addresses import InvalidNetwork, network
from accounts.models import DIALECTS, ApiKey
from accounts.operations.keys import LONGEST_NAME, MOST_PER_MINUTE
from kit import clock

MEANING: dict[str, Promise] = {
    "standard": _("standard: the documented API"),
    "classic": _("classic: what programs written for other panels speak"),
}
MOST_NETWORKS = 50


class NetworksField(forms.CharField):
    """Addresses and networks, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Return the kept list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """Return the networks in their normal spelling.

        :raises ValidationError: where a line is none, or there are too many.
        """
        lines = super().clean(value).split()
        if len(lines) > MOST_NETWORKS:
            raise forms.ValidationError(_("At most %(most)d lines."), params={"most": MOST_NETWORKS})
        return [self._network(line) for line in lines]

    def _network(self, line: str) -> str:
        try:
            return network(line)
        except InvalidNetwork:
            said = _("“%(line)s” is no address or network: write 203.0.113.7 or 203.0.113.0/24.")
            raise forms.ValidationError(said, params={"line": line}) from None


class KeyForm(forms.Form):
    """A key's settings: a name, and what it is restricted to."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("By which you know it: the program that uses it, or the server it is on."),
    )
    dialect = forms.ChoiceField(
        label=_("Dialect"),
        choices=[(each, MEANING[each]) for each in DIALECTS],
        help_text=_("How it is answered, and how its webhooks are written. A change counts from the next request on."),
    )
    read_only = forms.BooleanField(
        label=_("Read only"),
        required=False,
        help_text=_("It can look, and neither order, refill nor cancel, nor change webhooks."),
    )
    allowed_ips = NetworksField(
        label=_("Allowed addresses"),
        required=False,
        help_text=_("One a line, such as 203.0.113.7 or 203.0.113.0/24. Empty: from anywhere."),
    )
    requests_per_minute = forms.IntegerField(
        label=_("Requests a minute"), required=False, min_value=1, help_text=_("Empty: the panel's own limit.")
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        help_text=_("In UTC; it opens nothing from the next day on. Empty: for ever."),
    )

    def __init__(self, data: Any = None, *, key: ApiKey | None = None) -> None:
        """Ask for a new key's settings, or for those of a key that is there."""
        super().__init__(data, initial=_as_asked(key) if key else {"dialect": settings.API_DEFAULT_DIALECT})
        self.key = key
        most = _most_per_minute(key)
        self.fields["requests_per_minute"].validators.append(MaxValueValidator(most))
        self.fields["requests_per_minute"].widget.attrs["max"] = most

    def clean_expires_on(self) -> date | None:
        """Return the last day.

        :raises ValidationError: where it is over, and is not what the key has already.
        """
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None and day < clock.now().date() and day != self.initial.get("expires_on"):
            raise forms.ValidationError(_("This day is over."))
        return day

    def settings(self) -> dict[str, Any]:
        """Return what was asked for, as the operations take it."""
        given = dict(self.cleaned_data)
        day = given.pop("expires_on")
        if self.key is not None and day == self.initial["expires_on"]:
            return given  # a moment that an operator has set by the minute stays
        midnight = datetime.combine(day + timedelta(days=1), time(), UTC) if day and day < date.max else None
        return given | {"expires_at": midnight}


def _as_asked(key: ApiKey) -> dict[str, Any]:
    last = key.expires_at - timedelta(microseconds=1) if key.expires_at else None
    return {
        "name": key.name,
        "dialect": key.dialect,
        "read_only": key.read_only,
        "allowed_ips": key.allowed_ips,
        "requests_per_minute": key.requests_per_minute,
        "expires_on": last.date() if last else None,
    }


def _most_per_minute(key: ApiKey | None) -> int:
    """Return how far up the limit goes: the panel's own, or what the operator has given this key above it."""
    if settings.RATE_LIMIT_KEY is None:
        return MOST_PER_MINUTE
    return max(int(settings.RATE_LIMIT_KEY), (key.requests_per_minute or 0) if key else 0)
