"""What an account pays, step by step: pure functions from a cost, a rule, the account's terms and a quantity."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.models import ONE_PRICE, PricingMode
from kit.money import LIMIT, ZERO, rounded, wire

HUNDRED = Decimal(100)
PER = Decimal(1000)
USD = Decimal(1)
OPERATORS = frozenset({"cost", "exchange", "markup", "amount", "rate"})  # the steps that lead to a service's rate


class NoPrice(ValueError):
    """No rate can be made of the cost; the message says why, and what to do."""


def account_rate(rate: Decimal, discount_percent: Decimal) -> Decimal:
    """Return the rate in USD after a discount, rounded half up to eight decimals."""
    return rounded(rate * (HUNDRED - discount_percent) / HUNDRED)


def marked_up(cost: Decimal, percent: Decimal) -> Decimal:
    """Return the rate that adds a markup in percent to what the provider takes."""
    return rounded(cost * (HUNDRED + percent) / HUNDRED)


def base_rate(mode: str, value: Decimal, cost_usd: Decimal) -> Decimal:
    """Return the rate in USD before any discount that a markup or an amount makes of a cost in USD.

    :param mode: `markup` (`value` is a percentage on the cost) or `amount` (`value` is USD on top of it).
    :raises NoPrice: where the rate would be 0, which sells for nothing, or more than the books hold.
    """
    made = marked_up(cost_usd, value) if mode == PricingMode.MARKUP else rounded(cost_usd + value)
    if made == ZERO:
        raise NoPrice("its cost is 0, and so would be its rate: give it a fixed rate")
    if made >= LIMIT:
        raise NoPrice(f"its rate would be {wire(made)} USD, which is no price: look at its cost")
    return made


def below_floor(rate: Decimal, cost_usd: Decimal, floor_percent: Decimal) -> bool:
    """Return whether less than `floor_percent` of the rate is left when the cost is paid; 0 forbids only a loss."""
    return rate * (HUNDRED - floor_percent) / HUNDRED < cost_usd


def charge(service_type: str, rate: Decimal, quantity: int) -> Decimal:
    """Return what an order of `quantity` costs in USD, rounded half up to eight decimals.

    A package's rate is the price of one; every other rate is the price of a thousand.
    """
    if service_type in ONE_PRICE:
        return rounded(rate * quantity)
    return rounded(rate * quantity / PER)


@dataclass(frozen=True, slots=True)
class Rule:
    """How a rate follows from a cost: a markup in percent, or an amount in USD; `whose` says who set it."""

    mode: str
    value: Decimal
    whose: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What a provider takes, in its currency; `usd` is what one unit of that is worth, None where nobody has said."""

    amount: Decimal
    currency: str
    usd: Decimal | None
    provider: str

    @property
    def in_usd(self) -> Decimal:
        """Return the cost in USD, rounded half up to eight decimals.

        :raises NoPrice: where the operator has set no exchange rate for the currency.
        """
        if self.usd is None:
            raise NoPrice(f"its cost is in {self.currency}: set the exchange rate of {self.currency} to price it")
        return rounded(self.amount * self.usd)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a service's rate is made of: the cost of its first active source, and the rule; either may be missing."""

    cost: Cost | None = None
    rule: Rule | None = None

    def rate(self) -> Decimal | None:
        """Return the rate in USD before any discount; None where it is fixed, or there is nothing to make it of.

        :raises NoPrice: where none can be made of the cost.
        """
        if self.rule is None or self.cost is None:
            return None
        return base_rate(self.rule.mode, self.rule.value, self.cost.in_usd)


@dataclass(frozen=True, slots=True)
class Deal:
    """What one account pays for one service in place of its rate."""

    tier_percent: Decimal = ZERO
    personal_rate: Decimal | None = None
    personal_percent: Decimal = ZERO

    def rate(self, rate: Decimal) -> Decimal:
        """Return the rate in USD that this account is shown and charged by, rounded half up to eight decimals.

        A personal rate stands in place of all else; of two discounts the larger counts, never both (protocol.md).
        """
        if self.personal_rate is not None:
            return rounded(self.personal_rate)
        return account_rate(rate, max(self.tier_percent, self.personal_percent))


def deal_of(tier: Decimal, rate: Decimal | None, percent: Decimal | None, everywhere: Decimal | None) -> Deal:
    """Return the deal by a tier's discount and an account's personal rate, discount there, and discount everywhere."""
    return Deal(tier, rate, max(percent or ZERO, everywhere or ZERO))


def basis_of(mode: str, value: Decimal | None, source: Any) -> Basis:
    """Return what a service's rate is made of.

    :param mode: :param value: the service's own.
    :param source: its first source's cost and currency with `provider_name`, `category_name`, `usd`, and the mode and
        value of the category's and the provider's rule, as `category_mode` …
    """
    usd = USD if source.currency == "USD" else source.usd
    cost = Cost(source.cost, source.currency, usd, source.provider_name)
    if mode == PricingMode.FIXED:
        return Basis(cost)
    if value is not None:
        return Basis(cost, Rule(mode, value, "the service's own"))
    if source.category_mode:
        return Basis(cost, Rule(source.category_mode, source.category_value, f"the category {source.category_name}'s"))
    if source.provider_mode:
        return Basis(cost, Rule(source.provider_mode, source.provider_value, f"the provider {source.provider_name}'s"))
    return Basis(cost)


@dataclass(frozen=True, slots=True)
class Off:
    """What a coupon takes off a charge: a percentage, or an amount in USD."""

    code: str
    percent: Decimal | None
    amount: Decimal | None

    def applied(self, due: Decimal) -> Decimal:
        """Return the charge in USD with the coupon, never below 0, rounded half up to eight decimals."""
        if self.percent is not None:
            return account_rate(due, self.percent)
        return max(ZERO, rounded(due - (self.amount or ZERO)))


@dataclass(frozen=True, slots=True)
class Price:
    """What an account pays: its rate, the charge of the order in USD, and the steps that led there, for people."""

    rate: Decimal
    charge: Decimal
    steps: list[dict[str, Any]] = field(default_factory=list)

    def with_coupon(self, off: Off) -> "Price":
        """Return the price with a coupon, which comes last."""
        due = off.applied(self.charge)
        taken = f"{plain(off.percent)} %" if off.percent is not None else f"{wire(off.amount or ZERO)} USD"
        return Price(self.rate, due, [*self.steps, _step("coupon", f"The coupon {off.code} takes {taken} off.", due)])


def explained(*, service_type: str, rate: Decimal, deal: Deal, quantity: int, basis: Basis | None = None) -> Price:
    """Return the price of an order of `quantity` over all runs, with every step that leads to it.

    :param rate: the service's rate in USD before any discount: what is charged by, whatever the basis says.
    :param basis: what that rate is made of, for the steps.
    """
    paid = deal.rate(rate)
    due = charge(service_type, paid, quantity)
    steps = [
        *rate_steps(service_type, rate, basis or Basis()),
        _agreed(deal, paid),
        _step("quantity", f"{quantity} at {wire(paid)} USD per {_per(service_type)}, rounded to 8 decimals.", due),
    ]
    return Price(paid, due, steps)


def rate_steps(service_type: str, rate: Decimal, basis: Basis) -> list[dict[str, Any]]:
    """Return the steps that lead to a service's rate before any discount."""
    steps, cost, rule = [], basis.cost, basis.rule
    if cost is not None:
        told = f"{cost.provider} takes {wire(cost.amount)} {cost.currency} per {_per(service_type)}."
        steps.append(_step("cost", told, cost.amount))
    if cost is not None and cost.currency != "USD" and cost.usd is not None:
        told = f"1 {cost.currency} is {wire(cost.usd)} USD by the operator's exchange rate."
        steps.append(_step("exchange", told, cost.in_usd))
    return [*steps, _ruled(rule, rate) if rule and _would_be(basis) == rate else _standing(rule, rate)]


def for_the_account(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps that the account is told: from its own discount on; what a rate is made of is the operator's."""
    return [each for each in steps if each["step"] not in OPERATORS]


def plain(number: Decimal) -> str:
    """Return a percentage as people write it: no idle zeros."""
    return wire(number).removesuffix("0").removesuffix(".0")


def _per(service_type: str) -> str:
    return "one" if service_type in ONE_PRICE else "1000"


def _ruled(rule: Rule, rate: Decimal) -> dict[str, Any]:
    if rule.mode == PricingMode.MARKUP:
        return _step("markup", f"{plain(rule.value)} % on the cost, by {rule.whose} rule.", rate)
    return _step("amount", f"{wire(rule.value)} USD on the cost, by {rule.whose} rule.", rate)


def _standing(rule: Rule | None, rate: Decimal) -> dict[str, Any]:
    told = "The service's rate as it stands: no rule makes it of the cost."
    if rule is not None:
        told = "The service's rate as it stood: what the cost would make of it now is another one, or none."
    return _step("rate", told, rate)


def _would_be(basis: Basis) -> Decimal | None:
    try:
        return basis.rate()
    except NoPrice:
        return None


def _agreed(deal: Deal, paid: Decimal) -> dict[str, Any]:
    """Return the step from the service's rate to the account's."""
    if deal.personal_rate is not None:
        return _step("personal price", "The account's own price, in place of its tier's.", paid)
    if deal.personal_percent > deal.tier_percent:
        return _step("personal discount", f"{plain(deal.personal_percent)} % off for this account.", paid)
    if deal.tier_percent > ZERO:
        return _step("tier's discount", f"{plain(deal.tier_percent)} % off for the account's tier.", paid)
    return _step("no discount", "Neither the account nor its tier has a discount.", paid)


def _step(name: str, text: str, amount: Decimal) -> dict[str, Any]:
    return {"step": name, "text": text, "amount": wire(amount)}
