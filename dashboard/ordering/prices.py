"""What an order costs while it is being written: as soon as its quantity is known, whatever else is missing yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import LINE_TYPES, ServiceType
from catalog.queries import Listed
from dashboard.ordering.fields import FIELDS
from dashboard.ordering.refusals import objection
from dashboard.ordering.steps import Step, steps_shown
from orders.parameters import TAKES, InvalidParameter, MissingParameter
from orders.parameters.types import Parameter
from orders.quoting import Quote, quote
from wallets.operations import InsufficientBalance

OF_A_POST = {"min", "max"}  # within the service's, which an example cannot know


@dataclass(frozen=True, slots=True)
class Priced:
    """The charge in USD, None while it is not known; the steps that lead to it; and what is wrong so far, in words."""

    type: str
    charge: Decimal | None
    balance: Decimal
    steps: list[Step]
    wrong: str

    @property
    def left(self) -> Decimal | None:
        """Return the balance in USD after the order; below 0 where it does not cover it."""
        return None if self.charge is None else self.balance - self.charge

    @property
    def missing(self) -> Decimal | None:
        """Return how many USD the balance is too low by, or None where it covers the order."""
        return None if self.left is None or self.left >= 0 else -self.left


def priced(account_id: int, sold: Listed, params: Mapping[str, str]) -> Priced:
    """Return what the account would pay for this order now; nothing is written, and no coupon is used up."""
    found = quote(account_id, _completed(sold, params))
    wrong = _wrong(found, sold.type, params)
    return Priced(sold.type, found.charge, found.balance, steps_shown(found.steps), wrong)


def _completed(sold: Listed, params: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters with an example for each that is not there yet, but for what the price follows from."""
    counted = LINE_TYPES.get(ServiceType(sold.type), "quantity")
    whole = {"service": str(sold.id), **params}
    for each in TAKES[sold.type].parameters:
        if each.name != counted and not each.optional and not _is_there(each, params):
            whole[each.name] = str(sold.min) if each.name in OF_A_POST else each.example
    return whole


def _is_there(parameter: Parameter, params: Mapping[str, str]) -> bool:
    try:
        return bool(parameter.rule(parameter.name, params.get(parameter.name, "")))
    except InvalidParameter:
        return False


def _wrong(found: Quote, service_type: str, params: Mapping[str, str]) -> str:
    """Return what is wrong with what is there; a quantity to come is no mistake, of money the page says more."""
    refusal = found.refusal
    said = isinstance(refusal, InsufficientBalance) and found.charge is not None
    to_come = isinstance(refusal, MissingParameter) and refusal.name != "interval"
    if refusal is None or said or to_come:
        return ""
    name, sentence = objection(refusal, service_type, params)
    return f"{FIELDS[name](False).label}: {sentence}" if name in FIELDS else sentence
