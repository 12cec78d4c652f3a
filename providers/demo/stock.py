"""What the demo provider sells at the moment: its catalogue, with what was changed by control."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.demo.catalogue import OFFERS, Offer

TEXTS = {"name", "category", "type", "description"}
NUMBERS = {"min", "max", "average_time"}
FLAGS = {"refill", "cancel", "dripfeed"}
MEMBERS = TEXTS | NUMBERS | FLAGS | {"rate"}
TYPES = {offer.type for offer in OFFERS.values()}
LARGEST = 10**9


class NoSuchOffer(Exception):
    """What was told of an offer makes no sense; the message says what would."""


def changed(offers: dict[int, Offer], told: object) -> dict[int, Offer]:
    """Return the offers with `{"1": {"rate": "1.20"}, "2": null, "900": {"name": …, "rate": …}}` carried out.

    Each is changed from what it is in the catalogue, so that `{}` brings it back; one it does not have is added.

    :raises NoSuchOffer: where a part makes no sense.
    """
    if not isinstance(told, dict):
        raise NoSuchOffer('offers is an object such as {"1": {"rate": "1.20"}, "2": null}')
    found = dict(offers)
    for name, members in told.items():
        number = int(name) if str(name).isascii() and str(name).isdigit() and len(str(name)) <= 9 else 0
        if not number:
            raise NoSuchOffer(f"{name!r} is no service id")
        if members is None:
            found.pop(number, None)
        else:
            found[number] = _offer(number, members)
    return dict(sorted(found.items()))


def _offer(number: int, members: object) -> Offer:
    if not isinstance(members, dict) or members.keys() - MEMBERS:
        raise NoSuchOffer(f"an offer has the members {', '.join(sorted(MEMBERS))}")
    base = OFFERS.get(number)
    if base is None:
        if not members.keys() >= {"name", "rate"}:
            raise NoSuchOffer(f"there is no service {number} yet: give it a name and a rate")
        base = Offer(number, "", "Added", Decimal(0))
    return replace(base, **{name: _value(name, value) for name, value in members.items()})


def _value(name: str, value: Any) -> Any:
    if name == "rate" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return _rate(value)
    if name in FLAGS and isinstance(value, bool):
        return value
    if name in NUMBERS and isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    if name in TEXTS and isinstance(value, str) and (name != "type" or value in TYPES):
        return value
    raise NoSuchOffer(f"{value!r} cannot be an offer's {name}")


def _rate(value: str | float) -> Decimal:
    try:
        rate = Decimal(str(value))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or not 0 <= rate <= LARGEST:
        raise NoSuchOffer(f"{value!r} cannot be an offer's rate")
    return rate
