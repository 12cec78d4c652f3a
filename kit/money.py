"""US dollars as exact decimals: eight places in the program and the database, a string on the wire."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

PLACES = Decimal("0.00000001")
LIMIT = Decimal(10) ** 12  # NUMERIC(20,8) holds twelve digits before the point
ZERO = Decimal(0)
WIDE = Context(prec=60)  # a rate times a quantity can have more than the usual 28 digits
AMOUNT = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?")


class NotMoney(ValueError):
    """The text is no amount of money that the books can hold exactly."""


def rounded(amount: Decimal) -> Decimal:
    """Return the amount rounded half up to eight decimals, the one rounding there is."""
    return amount.quantize(PLACES, rounding=ROUND_HALF_UP, context=WIDE)


def parsed(text: str) -> Decimal:
    """Return the amount a person or program wrote.

    :raises NotMoney: where it is no plain number, has more than eight decimals, or is too large to be kept.
    """
    if not AMOUNT.fullmatch(text.strip()):
        raise NotMoney(f"{text!r} is not an amount: write it like 12.50")
    amount = Decimal(text.strip())
    if abs(amount) >= LIMIT:
        raise NotMoney(f"{text!r} is not an amount below {LIMIT:,}")
    if amount != rounded(amount):
        raise NotMoney(f"{text!r} has more than eight decimals")
    return rounded(amount) + ZERO  # "-0" is no less than nothing


def wire(amount: Decimal) -> str:
    """Return the amount as the protocol writes it: two to eight decimals, no exponent, no idle zeros."""
    whole, _, cents = f"{amount:.8f}".partition(".")
    return f"{whole}.{cents.rstrip('0'):0<2}"
