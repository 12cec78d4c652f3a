"""Turning the demo provider while it runs: what `POST /control` understands."""

from dataclasses import fields
from decimal import Decimal, InvalidOperation

from providers.demo.behaviours import Behaviour
from providers.demo.catalogue import Offer
from providers.demo.panel import DemoPanel
from providers.demo.replies import Knobs
from providers.demo.stock import NoSuchOffer, changed

KNOBS = {knob.name for knob in fields(Knobs)}
MEMBERS = KNOBS | {"key", "next", "action", "service", "behaviour", "reset", "offers", "currency", "balance"}


class NotUnderstood(Exception):
    """The order to the demo provider makes no sense; the message says what would."""


def control(panel: DemoPanel, told: dict[str, object]) -> dict[str, object]:
    """Do what is told, all of it or, where a part makes no sense, nothing; return the settings as they stand.

    :raises NotUnderstood: where a part makes no sense.
    """
    if strange := sorted(told.keys() - MEMBERS):
        raise NotUnderstood(f"{', '.join(strange)}: not among {', '.join(sorted(MEMBERS))}")
    turned = {name: _number(name, told[name]) for name in sorted(told.keys() & KNOBS)}
    following = _behaviours(told.get("next", []))
    action = told.get("action")
    if action is not None and not isinstance(action, str):
        raise NotUnderstood("action is a string such as add, status, cancel, refill, services or balance")
    offers = _offers(panel, told["offers"]) if "offers" in told else None
    service = _service(panel, told["service"]) if "service" in told else None
    behaviour = _behaviours([told["behaviour"]])[0] if told.get("behaviour") is not None else None
    currency = _currency(told["currency"]) if "currency" in told else None
    balance = _balance(told["balance"]) if "balance" in told else None
    if told.get("reset"):
        panel.forget()
    for name, value in turned.items():
        setattr(panel.knobs, name, value)
    if offers is not None:
        panel.actions.offers = offers
    panel.actions.currency = currency or panel.actions.currency
    if balance is not None:
        panel.book.set_balance(balance)
    if service is not None:
        panel.behave_for(service, behaviour)
    panel.behave(following, action)
    return {name: getattr(panel.knobs, name) for name in sorted(KNOBS)} | {"currency": panel.actions.currency}


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        unit = "days" if name == "days_ahead" else "seconds"
        raise NotUnderstood(f"{name} is a number of {unit} from 0 to 86400")
    return float(value)


def _behaviours(names: object) -> list[Behaviour]:
    known = {str(behaviour) for behaviour in Behaviour}
    if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
        raise NotUnderstood(f"a behaviour is one of {', '.join(sorted(known))}")
    return [Behaviour(name) for name in names]


def _offers(panel: DemoPanel, told: object) -> dict[int, Offer]:
    try:
        return changed(panel.actions.offers, told)
    except NoSuchOffer as error:
        raise NotUnderstood(str(error)) from None


def _service(panel: DemoPanel, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in panel.actions.offers:
        raise NotUnderstood(f"service is one of {', '.join(map(str, panel.actions.offers))}")
    return value


def _currency(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 8:
        raise NotUnderstood('currency is a code such as "USD" or "EUR"')
    return value


def _balance(value: object) -> Decimal:
    try:
        balance = Decimal(str(value))
    except InvalidOperation:
        balance = Decimal("NaN")
    if isinstance(value, bool) or not balance.is_finite() or abs(balance) > 10**9:
        raise NotUnderstood('balance is an amount such as "12.50"')
    return balance
