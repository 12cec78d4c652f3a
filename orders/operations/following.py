"""Following what was bought, in batches of 100 for one provider."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import events.operations
import providers.operations
from kit import clock
from kit.money import ZERO
from kit.outages import is_away
from kit.transitions import change_if
from orders.models import Purchase, Subscription
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.operations.subscriptions import hearing
from orders.states import ENDED, OrderStatus, PurchaseState
from providers.following import News, StatusNews
from providers.models import Provider
from providers.pace import PACED, SPEND
from providers.queries import client_for

logger = logging.getLogger(__name__)
BATCH = 100
ANSWERED_BY = 10  # seconds beyond the time-out in which an answer has been recorded
LARGEST = 2**63 - 1  # what the column holds; panels have been seen to answer anything

# How long until the next look. One that the provider has
# never known yet is looked at again after as long as it has been there: each wait doubles it, up to an hour.
NEXT_LOOK = """
%(now)s + CASE WHEN p.reported <> '' THEN %(interval)s
    ELSE greatest(least(%(now)s - coalesce(p.claimed_at, p.wanted_at), interval '1 hour'), %(interval)s) END
"""
# Each provider's longest due, by its own index: fifty thousand at one cost the others nothing.
READY = """
FROM providers_provider v CROSS JOIN LATERAL (
    SELECT p.due_at FROM orders_purchase p WHERE p.provider_id = v.id AND p.state = 'placed' AND p.due_at <= %(now)s
    ORDER BY p.due_at LIMIT 1
) first WHERE v.id <> ALL(%(busy)s) AND (v.ask_status_again_at IS NULL OR v.ask_status_again_at <= %(now)s)
"""
# Putting off their next look is what claims them: whoever comes at this moment takes the next hundred. One statement,
# which spends a call of the provider's pace and brings what it takes to make it.
CLAIM = f"""
WITH chosen AS (
    SELECT v.id, v.calls_per_minute, v.url, v.key_encrypted, v.failing_at
    {READY} AND {PACED} ORDER BY first.due_at LIMIT 1
), spent AS (
    UPDATE providers_provider v SET {SPEND} FROM chosen
    WHERE v.id = chosen.id AND v.calls_per_minute IS NOT NULL AND {PACED} RETURNING v.id
), due AS (
    SELECT p.id FROM orders_purchase p
    WHERE p.provider_id = (SELECT id FROM chosen WHERE calls_per_minute IS NULL UNION ALL SELECT id FROM spent)
      AND p.state = 'placed' AND p.due_at <= %(now)s
    ORDER BY p.due_at LIMIT %(batch)s FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET due_at = {NEXT_LOOK} FROM due, chosen WHERE p.id = due.id
RETURNING p.id, p.order_id, p.provider_id, p.provider_order_id, p.reported, p.remains, p.start_count, p.quantity,
    chosen.url, chosen.key_encrypted, chosen.failing_at
"""  # noqa: S608 -- all are constants
SOONEST = f"SELECT min(CASE WHEN {PACED} THEN interval '0' ELSE v.next_call_at - %(now)s END) {READY}"
# Of an order of one run, a counter that moves says nothing of its status nor of its money: both rows are written as
# orders.states would have it, and nobody is waited for.
COUNT = """
WITH told AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(reported)s::text[], %(known_remains)s::bigint[], %(known_start)s::bigint[],
        %(remains)s::bigint[], %(start)s::bigint[]
    ) AS told (id, reported, known_remains, known_start, remains, start_count)
), free AS (
    SELECT p.id, p.order_id, told.remains, told.start_count
    FROM told JOIN orders_purchase p ON p.id = told.id JOIN orders_order o ON o.id = p.order_id
    WHERE p.state = 'placed' AND p.reported = told.reported AND p.remains IS NOT DISTINCT FROM told.known_remains
      AND p.start_count IS NOT DISTINCT FROM told.known_start
      AND o.runs = 1 AND o.type <> 'Subscriptions' AND o.ended_at IS NULL
    FOR UPDATE OF p, o SKIP LOCKED
), counted AS (
    UPDATE orders_purchase p SET remains = free.remains, start_count = free.start_count FROM free WHERE p.id = free.id
)
UPDATE orders_order o SET remains = coalesce(free.remains, o.quantity), start_count = free.start_count
FROM free WHERE o.id = free.order_id RETURNING free.id
"""
# Where no look outlasts FOLLOW_INTERVAL, claiming has said all that there is to say of the next one.
LOOK_SOONER = f"""
UPDATE orders_purchase p SET due_at = {NEXT_LOOK} WHERE p.id = ANY(%(asked)s) AND p.state = 'placed'
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Followed:
    """A purchase that is asked about, as it was last known."""

    id: int
    order_id: int
    provider_id: int
    provider_order_id: str
    reported: str
    remains: int | None
    start_count: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to a hundred purchases of one provider."""

    provider_id: int
    provider: Provider
    purchases: list[Followed]


def soonest() -> float | None:
    """Return the seconds until the next batch may be claimed at its provider's pace; None where nothing is due."""
    row = change_if(SOONEST, {"now": clock.now(), "busy": []})
    return None if row is None or row[0] is None else float(row[0].total_seconds())


def claim(busy: list[int]) -> Batch | None:
    """Claim the batch that is longest due, and spend one call of its provider's pace; None where nothing is.

    :param busy: ids of the providers that are being asked at this moment.
    """
    # Not while this look may still be out: an older answer must not come after a newer one.
    wait = max(interval(), timedelta(seconds=settings.PROVIDER_TIMEOUT + ANSWERED_BY))
    params: dict[str, Any] = {"now": clock.now(), "busy": busy, "batch": BATCH, "interval": wait}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        rows = cursor.fetchall()
    if not rows:
        return None
    provider_id, (url, key_encrypted, failing_at) = rows[0][2], rows[0][8:]
    provider = Provider(id=provider_id, url=url, key_encrypted=key_encrypted, failing_at=failing_at)
    return Batch(provider_id, provider, [Followed(*row[:8]) for row in rows])


def interval() -> timedelta:
    """Return how long an order is left alone after a look: FOLLOW_INTERVAL, less the tick in which it is found due."""
    return timedelta(seconds=settings.FOLLOW_INTERVAL - min(settings.SWEEP_INTERVAL + 1, settings.FOLLOW_INTERVAL / 2))


def ask(batch: Batch) -> dict[str, News]:
    """Return what the provider says, by its order ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    :raises CannotDecrypt: where our key there cannot be read.
    """
    return client_for(batch.provider).statuses([each.provider_order_id for each in batch.purchases])


def record(batch: Batch, answers: dict[str, News]) -> None:
    """Commit what is new: counters that moved in one statement, every other word in a transaction of its own."""
    # "Incorrect order ID" right after placing is what busy panels say: no news, and asked again.
    told = [
        (each, news) for each in batch.purchases if isinstance(news := answers.get(each.provider_order_id), StatusNews)
    ]
    counted = _count([(each, news) for each, news in told if news.status and news.status == each.reported])
    for purchase, news in told:
        if purchase.id not in counted:
            _learn_or_log(purchase, news)
    if interval() < timedelta(seconds=settings.PROVIDER_TIMEOUT + ANSWERED_BY):
        _look_sooner(batch)
    if batch.provider.failing_at == "status":
        providers.operations.mark_working(provider_id=batch.provider_id, at="status")


def give_up(batch: Batch, why: str) -> None:
    """Note that the provider did not answer: it is not asked again for a while."""
    providers.operations.rest(provider_id=batch.provider_id, why=why, at="status")


def _look_sooner(batch: Batch) -> None:
    params: dict[str, Any] = {
        "now": clock.now(),
        "interval": interval(),
        "asked": [each.id for each in batch.purchases],
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK_SOONER, params)


def _count(moved: list[tuple[Followed, StatusNews]]) -> set[int]:
    """Keep the counters that moved of orders under way, in one statement; return the purchases this was done for.

    What somebody holds, or knows better, is left to be learnt by itself: nothing is waited for with others held.
    """
    now = [(each, *_counters(each, news)) for each, news in moved if news.status not in ENDED]
    counted = [row for row in now if row[1:] != (row[0].remains, row[0].start_count)]
    if not counted:
        return set()
    params: dict[str, Any] = {
        "ids": [each.id for each, _, _ in counted],
        "reported": [each.reported for each, _, _ in counted],
        "known_remains": [each.remains for each, _, _ in counted],
        "known_start": [each.start_count for each, _, _ in counted],
        "remains": [remains for _, remains, _ in counted],
        "start": [start_count for _, _, start_count in counted],
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, params)
        return {purchase_id for (purchase_id,) in cursor.fetchall()}


def _counters(purchase: Followed, news: StatusNews) -> tuple[int | None, int | None]:
    """Return `remains` and `start_count` after the news, within what they can be."""
    remains = purchase.remains if news.remains is None else min(news.remains, purchase.quantity)
    start_count = purchase.start_count if news.start_count is None else min(news.start_count, LARGEST)
    return remains, start_count


def _learn_or_log(purchase: Followed, news: StatusNews) -> None:
    try:
        learn(purchase, news)
    except Exception as error:
        if is_away(error):
            raise  # the whole batch is tried again
        logger.exception("what the provider said of purchase %s could not be kept", purchase.id)


def learn(purchase: Followed, news: StatusNews) -> bool:
    """Take what the provider says of one purchase; return whether anything was new.

    Words nobody knows change nothing, nor does a `partial` that does not say how much is missing: what was delivered
    would be given back.
    """
    # Some panels answer every order with a subscription's members: what we bought decides, not what they say.
    if news.subscription is not None and Subscription.objects.filter(pk=purchase.order_id).exists():
        return hearing.hear(purchase_id=purchase.id, news=news.subscription)
    if news.status is None or (news.status == OrderStatus.PARTIAL and news.remains is None):
        return False
    remains, start_count = _counters(purchase, news)
    if (news.status, remains, start_count) == (purchase.reported, purchase.remains, purchase.start_count):
        return False
    fields: dict[str, Any] = {"reported": news.status, "remains": remains, "start_count": start_count}
    if not purchase.reported:
        fields |= {"found_at": clock.now(), "due_at": clock.now() + interval()}
    with transaction.atomic():
        moved = _keep(purchase, news, fields)
        if moved:
            _tell(purchase, news)
            settle(purchase.order_id)
    return moved


def _keep(purchase: Followed, news: StatusNews, fields: dict[str, Any]) -> bool:
    # Only over what this look began with: whoever looked meanwhile knows better, and it may have another id by now.
    known = {"reported": purchase.reported, "remains": purchase.remains, "start_count": purchase.start_count}
    known |= {"provider_order_id": purchase.provider_order_id}
    if news.status in ENDED:
        return move(purchase.id, PurchaseState.DONE, only=known, **fields, **_cost(news))
    placed = Purchase.objects.filter(pk=purchase.id, state=PurchaseState.PLACED, **known)
    return placed.update(**fields) == 1


def _cost(news: StatusNews) -> dict[str, Any]:
    """Return what it cost in the end: what the provider says, and nothing where it only says that it is cancelled."""
    if news.charge is None:
        return {"cost": ZERO} if news.status == OrderStatus.CANCELED else {}
    return {"cost": news.charge}


def _tell(purchase: Followed, news: StatusNews) -> None:
    if news.status == purchase.reported:
        return  # a counter moved: the order shows it, its history need not
    events.operations.record(
        kind="purchase.reported",
        subject="order",
        subject_id=purchase.order_id,
        data={
            "purchase": purchase.id,
            "provider_order": purchase.provider_order_id,
            "status": news.status,
            "remains": news.remains,
            "charge": None if news.charge is None else str(news.charge),
        },
    )
