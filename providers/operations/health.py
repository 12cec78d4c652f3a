"""How a provider is doing: what it fails at, since when, and when it is asked again."""

from datetime import datetime

from django.db import transaction

from alerts.operations import clear_alert, raise_alert
from kit import clock
from kit.transitions import change_if
from providers.models import FAILING_AT, Provider
from providers.operations.telling import page_of, tell

FAILING = "provider.failing"
RESTS_FROM = {"add": "ask_again_at", "status": "ask_status_again_at"}
# What each failure stands over: that a balance is not said is the least.
STANDS_OVER = {"add": ["add", "status", "balance"], "status": ["status", "balance"], "balance": ["balance"]}
MOST_UNKNOWN_IN_A_ROW = 3  # one can be a bad moment; three are an outage


@transaction.atomic
def mark_failing(*, provider_id: int, why: str, at: str = "add") -> bool:
    """Note that a provider cannot serve us, since now or since before; return whether that is news.

    The first of many callers writes the event; those after it only bring the reason up to date. Not taking orders
    is the worst: it stands over the others. Of all but a missing balance the operator is told.

    :param at: what it fails at: `add`, `status` or `balance`.
    """
    why = why.strip()[:500] or "no reason given"
    news = change_if(
        "UPDATE providers_provider SET failing_since = %(now)s, failure = %(why)s, failing_at = %(at)s"
        " WHERE id = %(id)s AND failing_since IS NULL RETURNING id",
        {"id": provider_id, "why": why, "at": at, "now": clock.now()},
    )
    if news is None:
        known = Provider.objects.filter(
            pk=provider_id, failing_since__isnull=False, failing_at__in=STANDS_OVER[at]
        ).exclude(failure=why, failing_at=at)
        if known.update(failure=why, failing_at=at):
            _alert(provider_id, why, at)
        return False
    tell(provider_id, "provider.failing", reason=why, data={"at": at})
    _alert(provider_id, why, at)
    return True


def tell_failing(provider_id: int) -> None:
    """Tell the operator of a provider that was failing before it was paused."""
    for known in Provider.objects.filter(pk=provider_id, failing_since__isnull=False):
        _alert(provider_id, known.failure, known.failing_at)


def _alert(provider_id: int, why: str, at: str) -> None:
    if at == "balance":
        return
    name = Provider.objects.values_list("name", flat=True).get(pk=provider_id)
    raise_alert(
        kind=FAILING,
        subject_id=provider_id,
        text=f"{name} fails at {dict(FAILING_AT)[at]}: {why}",
        path=page_of(provider_id),
    )


@transaction.atomic
def rest(*, provider_id: int, why: str, at: str = "add") -> datetime | None:
    """Note what a provider fails at, and do not ask it for that for a while: 2 s at first, 60 s at last.

    Return until when; None where there is no such provider.

    :param at: `add`: it is sent no orders; `status`: it is not asked how they are.
    """
    mark_failing(provider_id=provider_id, why=why, at=at)
    row = change_if(
        f"UPDATE providers_provider SET {RESTS_FROM[at]} = %(now)s"  # noqa: S608 -- one of two constants
        " + least(greatest((%(now)s - failing_since) / 4, interval '2 s'), interval '60 s')"
        f" WHERE id = %(id)s RETURNING {RESTS_FROM[at]}",
        {"id": provider_id, "now": clock.now()},
    )
    return None if row is None else row[0]


@transaction.atomic
def count_unknown(*, provider_id: int, why: str) -> None:
    """Note that nobody knows what came of an order; from the third in a row on, the provider rests."""
    row = change_if(
        "UPDATE providers_provider SET unknown_in_a_row = unknown_in_a_row + 1 WHERE id = %(id)s"
        " RETURNING unknown_in_a_row",
        {"id": provider_id},
    )
    if row is not None and row[0] >= MOST_UNKNOWN_IN_A_ROW:
        rest(provider_id=provider_id, why=why)


@transaction.atomic
def mark_working(*, provider_id: int, at: str = "add") -> bool:
    """Note that a provider did well at what it failed at; return whether that is news.

    :param at: what it did: `add`, `status` or `balance`.
    """
    if at == "add":
        Provider.objects.filter(pk=provider_id, unknown_in_a_row__gt=0).update(unknown_in_a_row=0)
    news = change_if(
        "UPDATE providers_provider SET failing_since = NULL, failure = '', failing_at = '', ask_again_at = NULL,"
        " ask_status_again_at = NULL"
        " WHERE id = %(id)s AND failing_since IS NOT NULL AND failing_at = %(at)s RETURNING id",
        {"id": provider_id, "at": at},
    )
    if news is None:
        return False
    tell(provider_id, "provider.working", data={"at": at})
    clear_alert(kind=FAILING, subject_id=provider_id)
    return True


@transaction.atomic
def mark_mended(*, provider_id: int) -> bool:
    """Note that whatever a provider failed at is over, since it has just answered anew; return whether that is news."""
    Provider.objects.filter(pk=provider_id).update(unknown_in_a_row=0)
    return any(mark_working(provider_id=provider_id, at=each) for each, _ in FAILING_AT)
