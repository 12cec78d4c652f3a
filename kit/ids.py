"""Public ids: a UUID of 48 bits of time and 80 of chance, shown as a prefix and a ULID (`ord_01HG9X7K…`)."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from kit import clock

# Crockford's base 32, the alphabet of https://github.com/ulid/spec: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
LENGTH = 26


def new_id() -> UUID:
    """Return a new id, later ones sorting after earlier ones by the millisecond."""
    return UUID(int=(clock.milliseconds() & (2**48 - 1)) << 80 | secrets.randbits(80))


def made_at(public_id: UUID) -> datetime:
    """Return when `new_id` made this, by the millisecond."""
    return datetime.fromtimestamp((public_id.int >> 80) / 1000, UTC)


def shown(prefix: str, public_id: UUID) -> str:
    """Return the id as people and programs see it: `shown("ord", …)` is `"ord_" + 26 letters`."""
    number = public_id.int
    letters = [ALPHABET[number >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def parsed(prefix: str, text: str) -> UUID | None:
    """Return the id that `shown` made this text of, or None where it made no such text."""
    head, _, letters = text.partition("_")
    if head != prefix or len(letters) != LENGTH or not letters.isascii():  # "ß".upper() is two letters
        return None
    number = 0
    for letter in letters.upper():
        if letter not in VALUES:
            return None
        number = number << 5 | VALUES[letter]
    return UUID(int=number) if number < 2**128 else None
