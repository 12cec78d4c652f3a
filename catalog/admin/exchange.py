"""The operator's screen of exchange rates."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from catalog import operations
from catalog.admin.screens import RemovableScreen
from catalog.models import ExchangeRate
from catalog.operations import Repriced
from kit.asking import Question, ReasonForm
from kit.screens import dollars, moment


@admin.register(ExchangeRate)
class ExchangeRateAdmin(RemovableScreen):
    """What the currencies of providers are worth, by the operator's word."""

    noun = "exchange_rate"
    removing = Question("Remove the exchange rate", "Remove", ReasonForm, danger=True)
    list_display = ["currency", "worth", "changed"]
    fields = ["currency", "usd"]

    def get_readonly_fields(self, request: HttpRequest, obj: ExchangeRate | None = None) -> list[str]:
        """Return the currency once there is a rate of it."""
        return ["currency"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the rate, and say what followed from it."""
        save = operations.change_exchange_rate if change else operations.add_exchange_rate
        done = save(currency=obj.currency, usd=form.cleaned_data["usd"], actor=request.user.get_username())
        obj.currency = obj.currency.strip().upper()
        _say(request, done)

    def end(self, row: ExchangeRate, actor: str, reason: str) -> None:
        """Remove the rate of a currency that nothing is bought in."""
        operations.remove_exchange_rate(currency=row.pk, actor=actor, reason=reason)

    @admin.display(description="USD for one", ordering="usd")
    def worth(self, rate: ExchangeRate) -> str:
        """Return what one unit is worth."""
        return dollars(rate.usd)

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, rate: ExchangeRate) -> str:
        """Return when it was set."""
        return moment(rate.changed_at)


def _say(request: HttpRequest, done: Repriced) -> None:
    messages.info(request, f"Services with a new rate: {done.changed}.")
    for service_id, why in list(done.kept.items())[:5]:
        messages.warning(request, f"Service {service_id} keeps its rate: {why}.")
