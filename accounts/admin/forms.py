"""What the screens of accounts ask before they do something."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.addresses import InvalidNetwork, network
from accounts.models import DIALECTS, ApiKey, Tier
from accounts.operations.keys import MOST_PER_MINUTE
from kit import ids
from kit.asking import AmountField, ReasonForm

MEANING = {"standard": "the documented API", "classic": "what programs written for other panels speak"}
LONGEST_REFERENCE = 150  # an entry's reference has 200 characters, some of which are ours


def default_dialect() -> str:
    """Return what a key speaks that is issued without saying so."""
    return str(settings.API_DEFAULT_DIALECT)


def new_reference() -> str:
    """Return a reference that nothing has, put into the form so that sending it twice is the same movement."""
    return ids.shown("ref", ids.new_id()).removeprefix("ref_")


class DepositForm(forms.Form):
    """Asks what has come in."""

    amount = AmountField(label="Amount, USD")
    reference = forms.CharField(
        max_length=LONGEST_REFERENCE,
        initial=new_reference,
        widget=UnfoldAdminTextInputWidget(),
        help_text="names the payment: the same reference never deposits twice. Put the bank's own here if there is one",
    )
    reason = forms.CharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget())


class AdjustForm(ReasonForm):
    """Asks by how much a wallet is to be corrected."""

    amount = AmountField(label="Amount, USD", help_text="with a minus to take money out, such as -2.50")
    reference = forms.CharField(
        max_length=LONGEST_REFERENCE, initial=new_reference, widget=forms.HiddenInput(), required=True
    )
    field_order = ["amount", "reason"]


class LowBalanceForm(ReasonForm):
    """Asks for the threshold of `balance.low`."""

    threshold = AmountField(label="Threshold, USD", help_text="0: never")
    field_order = ["threshold", "reason"]


class UnsuspendForm(forms.Form):
    """Asks nothing that must be said."""

    reason = forms.CharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget())


class TierForm(ReasonForm):
    """Asks for the tier, and whether it is the operator's last word."""

    tier = forms.ModelChoiceField(Tier.objects.all(), empty_label=None, widget=UnfoldAdminSelectWidget())
    pinned = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="deposits do not move it any more",
    )
    field_order = ["tier", "pinned", "reason"]


class ResellerForm(forms.Form):
    """Asks for what a new reseller needs."""

    email = forms.CharField(max_length=254, widget=UnfoldAdminEmailInputWidget())
    password = forms.CharField(
        required=False,
        strip=False,
        max_length=128,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="left empty, nobody can log in to it yet; keys work all the same",
    )

    def clean_password(self) -> str:
        """Return the password, or nothing.

        :raises ValidationError: where it is one that others would guess.
        """
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password


class NetworksField(forms.CharField):
    """Addresses and networks, a line each."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            help_text="one a line, such as 203.0.113.7 or 203.0.113.0/24; empty: from anywhere",
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        """Return the kept list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: str) -> list[str]:
        """Return the networks in their normal spelling.

        :raises ValidationError: where a line is none.
        """
        try:
            return [network(line) for line in super().clean(value).split()]
        except InvalidNetwork as error:
            raise forms.ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the lines differ from the kept list."""
        return super().has_changed(self.prepare_value(initial), data)


class NewKeyForm(forms.Form):
    """Asks for a new key's settings."""

    name = forms.CharField(max_length=100, required=False, widget=UnfoldAdminTextInputWidget())
    dialect = forms.ChoiceField(
        choices=[(each, f"{each}: {MEANING[each]}") for each in DIALECTS],
        initial=default_dialect,
        widget=UnfoldAdminSelectWidget(),
        help_text="how the key is answered, and how its webhooks are written; a change counts from the next request",
    )
    read_only = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="it can look, and neither order nor cancel",
    )
    allowed_ips = NetworksField(label="Allowed addresses")
    requests_per_minute = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="empty: the panel's own limit",
    )
    expires_at = forms.DateTimeField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2030-12-31 23:59"}),
        help_text="in UTC; empty: never",
    )


class KeyForm(NewKeyForm, forms.ModelForm):  # type: ignore[type-arg]
    """The same settings, of a key that is there."""

    class Meta:
        model = ApiKey
        fields = ["name", "dialect", "read_only", "allowed_ips", "requests_per_minute", "expires_at"]
