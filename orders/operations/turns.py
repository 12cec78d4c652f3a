"""Whose turn it is among providers that something waits for, each at its own pace."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import providers.operations
from providers import faults
from providers.following import NoNews
from providers.outcomes import ProviderError

SINGLY = 10  # calls made for a batch that is refused as a whole: each may last as long as a call may
T = TypeVar("T")


def first_with_a_turn(provider_ids: Iterable[int]) -> int | None:
    """Spend one call of the first of these providers whose pace has room; return which, or None."""
    return next((each for each in provider_ids if providers.operations.take_turn(each)), None)


def together_or_singly(ask: Callable[[Sequence[str]], dict[str, T]], ids: Sequence[str]) -> dict[str, T | NoNews]:
    """Return what the provider says of each id, asked for all at once.

    A panel that refuses a whole batch, for one id or because it knows no batches, is asked for ten of them one by one;
    the others are NoNews this time. What is refused alone is refused.

    :raises CallFailed: where it says nothing that concerns them.
    """
    try:
        return dict(ask(ids))
    except ProviderError as error:
        if len(ids) == 1 or error.fault or faults.concerns(error.text) is not faults.Concerns.THE_ORDER:
            raise
        told: dict[str, T | NoNews] = dict.fromkeys(ids, NoNews(str(error)))
    for each in ids[:SINGLY]:
        told.update(ask([each]))
    return told
