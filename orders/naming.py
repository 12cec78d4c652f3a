"""Which rows the ids mean that a reseller sends: either form is understood, `ord_…` or the row's number."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from kit import ids

LARGEST_ID = 2**63 - 1


def meant(prefix: str, text: str) -> int | UUID | None:
    """Return the number or the public id that this text is, or None where it can be neither."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        number = int(text)
        return number if number <= LARGEST_ID else None
    return ids.parsed(prefix, text)


def among(names: Iterable[int | UUID]) -> Q:
    """Return the condition that finds the rows of these names, each by its index."""
    known = list(names)
    numbers = [each for each in known if isinstance(each, int)]
    return Q(pk__in=numbers) | Q(public_id__in=[each for each in known if isinstance(each, UUID)])
