"""How a price came about, as far as it is the reseller's business: his rate, what is taken off, what it comes to.

What the panel pays for it, and what it adds, is in the same list of steps: a step that is not named here is not shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

PERCENT = re.compile(r"([0-9.]+) %")
COUPON = re.compile(r"The coupon (?P<code>.+) takes (?P<off>.+) off\.")
NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, why, and the amount in USD that it leads to; whether that is still a rate."""

    name: str
    why: str
    amount: Decimal
    is_rate: bool = False


def steps_shown(told: Iterable[Mapping[str, str]]) -> list[Step]:
    """Return the steps that a reseller may see, in words.

    :param told: the steps as `catalog.pricing` writes them, and `Order.price_steps` keeps them.
    """
    return [SHOWN[each["step"]](each["text"], Decimal(each["amount"])) for each in told if each["step"] in SHOWN]


def _rate(why: Callable[[str], str]) -> Callable[[str, Decimal], Step]:
    return lambda text, amount: Step(_("Your rate"), why(text), amount, is_rate=True)


def _quantity(text: str, amount: Decimal) -> Step:
    count = NUMBER.search(text)
    return Step(_("Quantity"), count[0] if count else "", amount)


def _coupon(text: str, amount: Decimal) -> Step:
    read = COUPON.fullmatch(text)
    if read is None:
        return Step(_("Coupon"), "", amount)
    told = {"code": read["code"], "off": _percents(read["off"])}
    return Step(_("Coupon"), _("%(code)s takes %(off)s off") % told, amount)


def _off(text: str, words: str) -> str:
    percent = PERCENT.search(text)
    return words % {"percent": _percents(percent[0]) if percent else ""}


def _percents(text: str) -> str:
    """Return the text with its percents as the reader's language writes them: `5 %`, `%5`."""
    return PERCENT.sub(lambda found: _("%(number)s %%") % {"number": found[1]}, text)


SHOWN: dict[str, Callable[[str, Decimal], Step]] = {
    "personal price": _rate(lambda _text: _("agreed with your account")),
    "personal discount": _rate(lambda text: _off(text, _("%(percent)s off for your account"))),
    "tier's discount": _rate(lambda text: _off(text, _("%(percent)s off for your tier"))),
    "no discount": _rate(lambda _text: ""),
    "subscription": _rate(lambda _text: _("as agreed for its subscription")),
    "quantity": _quantity,
    "coupon": _coupon,
}
