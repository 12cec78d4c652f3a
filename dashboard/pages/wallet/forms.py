"""What the wallet's page asks."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

import orders.queries
from dashboard.pages.wallet.lines import KINDS
from kit import money
from kit.money import ZERO, NotMoney
from wallets.operations import LONGEST_REFERENCE
from wallets.statement import Filters

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AmountField(forms.CharField):
    """An amount of US dollars, exactly as it is written."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: str) -> Decimal:
        """Return the amount.

        :raises ValidationError: where the text is none.
        """
        try:
            return money.parsed(super().clean(value))
        except NotMoney:
            raise forms.ValidationError(
                _("Write an amount of US dollars such as 12.50, with at most eight decimals.")
            ) from None


class LowBalanceForm(forms.Form):
    """Asks below which balance the account's programs are to be told."""

    threshold = AmountField(label=_("Warn me below (USD)"), help_text=_("0 means never."))

    def clean_threshold(self) -> Decimal:
        """Return the threshold.

        :raises ValidationError: where it is below zero.
        """
        threshold: Decimal = self.cleaned_data["threshold"]
        if threshold < ZERO:
            raise forms.ValidationError(_("A balance is never below zero: 0 means never."))
        return threshold


class StatementForm(forms.Form):
    """Asks which entries are to be listed."""

    q = forms.CharField(
        label=_("Search"),
        max_length=LONGEST_REFERENCE,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *KINDS.items()], required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DAY, input_formats=["%Y-%m-%d"])
    until = forms.DateField(label=_("To"), required=False, widget=DAY, input_formats=["%Y-%m-%d"])

    def clean(self) -> dict[str, Any]:
        """Return what was asked for; a last day before the first one is said to be one."""
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return given

    def filters(self, account_id: int) -> Filters:
        """Return by what the statement is narrowed down; an order is meant by either form of its id.

        In one statement, or none where nothing is searched for.
        """
        given = self.cleaned_data
        text = given["q"]
        order = orders.queries.number_of(account_id, text) if text else None
        return Filters(text=text, order=order, kind=given["kind"], since=given["since"], until=given["until"])
