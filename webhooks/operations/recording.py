"""Keeping what came of attempts: many at once, in a few statements whatever their number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from kit import clock
from webhooks import retrying
from webhooks.operations.claiming import Claimed
from webhooks.operations.disabling import disable
from webhooks.outcomes import Answered, NotAnswered, NotBegun, OurFault, Outcome, Tried
from webhooks.states import DeliveryState, Disabled, may_become

LONGEST_SAID = 200
LONGEST_ERROR = 300

# Whoever takes an endpoint and its deliveries takes the endpoint first, and several in the order of their ids: nobody
# waits for two others. A success at an endpoint that is well takes nothing but its delivery.
HOLD = """
SELECT id FROM webhooks_endpoint
WHERE id = ANY(%(failed)s)
   OR id = ANY(%(taken)s) AND (failures > 0 OR failing_since IS NOT NULL OR resting_until IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE
"""
# Only where the claim is still this one: what lapsed has been taken up by another. A delivery that was taken has been
# taken, whoever hears of it, and however late.
MOVE = """
WITH told AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(claims)s::timestamptz[], %(states)s::text[], %(tries)s::int[],
        %(due)s::timestamptz[], %(said)s::text[]
    ) AS told (id, claimed_until, state, tries, due_at, said)
), mine AS (
    SELECT d.id FROM told JOIN webhooks_delivery d ON d.id = told.id
    WHERE CASE told.state WHEN 'delivered' THEN d.state = ANY(%(to_delivered)s)
          ELSE d.state = 'due' AND d.claimed_until = told.claimed_until END
    ORDER BY d.id FOR NO KEY UPDATE OF d
)
UPDATE webhooks_delivery d SET state = told.state, claimed_until = NULL, tries = d.tries + told.tries,
    due_at = coalesce(told.due_at, d.due_at), said = coalesce(told.said, d.said),
    ended_at = CASE WHEN told.state <> 'due' THEN %(now)s END
FROM told JOIN mine ON mine.id = told.id WHERE d.id = told.id RETURNING d.id
"""
KEEP = """
INSERT INTO webhooks_attempt (delivery_id, at, ms, status, excerpt, error)
SELECT * FROM unnest(
    %(deliveries)s::bigint[], %(at)s::timestamptz[], %(ms)s::int[], %(status)s::int[], %(excerpts)s::text[],
    %(errors)s::text[]
)
"""
# A success closes the circuit. A rest that was asked for is kept though what was under way then succeeds.
NOTE = """
WITH told AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(taken)s::bool[], %(failures)s::int[], %(first)s::timestamptz[], %(last)s::timestamptz[],
        %(rest)s::timestamptz[]
    ) AS told (id, taken, failures, first_failure, last_failure, rest)
)
UPDATE webhooks_endpoint e SET
    failures = CASE WHEN told.taken THEN 0 ELSE e.failures END + told.failures,
    failing_since = coalesce(CASE WHEN NOT told.taken THEN e.failing_since END, told.first_failure),
    resting_until = greatest(
        CASE WHEN NOT (told.taken AND (e.failures >= %(circuit)s OR e.resting_until <= %(now)s))
             THEN e.resting_until END,
        told.rest,
        CASE WHEN CASE WHEN told.taken THEN 0 ELSE e.failures END + told.failures >= %(circuit)s
             THEN told.last_failure + %(pause)s END
    )
FROM told WHERE e.id = told.id RETURNING e.id, e.failing_since, told.last_failure
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of something in hand. `own_fault`: what we could not send counts as the endpoint's failure."""

    claimed: Claimed
    tried: Tried
    own_fault: bool = False

    @property
    def ended(self) -> datetime:
        """Return when the attempt ended."""
        return self.tried.at + timedelta(milliseconds=self.tried.ms)

    @property
    def taken(self) -> bool:
        """Return whether the endpoint took it: it answered 2xx."""
        outcome = self.tried.outcome
        return isinstance(outcome, Answered) and 200 <= outcome.status <= 299

    @property
    def gone(self) -> bool:
        """Return whether the endpoint wants nothing any more."""
        outcome = self.tried.outcome
        return isinstance(outcome, Answered) and outcome.status == retrying.GONE

    @property
    def counts(self) -> bool:
        """Return whether this was one of the attempts of the schedule."""
        outcome = self.tried.outcome
        if isinstance(outcome, OurFault):
            return self.own_fault or self._for_too_long
        return isinstance(outcome, Answered | NotAnswered)

    @property
    def _for_too_long(self) -> bool:
        # From then on a fault of ours counts: what cannot be sent ends. Not at once: it may have waited for an open
        # circuit or a panel that was switched off, and this fault be the first.
        return retrying.after_our_fault(self.ended, self.claimed.since) is None

    @property
    def failed(self) -> bool:
        """Return whether it was an attempt and the endpoint did not take it."""
        return self.counts and not self.taken


@dataclass(frozen=True, slots=True)
class Move:
    """Where a delivery goes. None: what is there is kept."""

    result: Result
    state: DeliveryState
    due_at: datetime | None = None
    said: str | None = None


@dataclass(slots=True)
class News:
    """What an endpoint's attempts come to, told in the order of their ends; `taken` is followed by the failures."""

    taken: bool = False
    failures: int = 0
    first_failure: datetime | None = None
    last_failure: datetime | None = None
    rest: datetime | None = None


@transaction.atomic
def record(results: Sequence[Result]) -> None:
    """Keep what came of these: their attempts, where their deliveries go, how their endpoints are doing.

    What comes of a claim that has lapsed meanwhile is kept as an attempt and changes nothing, unless it is a success.
    """
    held = _hold(results)
    moved = _move([_decide(each) for each in results])
    _keep([each for each in results if each.counts])
    _note({id_: news for id_, news in _news(results, moved).items() if id_ in held})
    gone = {each.tried.message.endpoint_id for each in results if each.gone and each.tried.message.delivery_id in moved}
    for endpoint_id in sorted(gone):
        disable(endpoint_id=endpoint_id, because=Disabled.GONE)


def _hold(results: Sequence[Result]) -> set[int]:
    failed = {each.tried.message.endpoint_id for each in results if _is_news(each) and not each.taken}
    taken = {each.tried.message.endpoint_id for each in results if each.taken}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"failed": sorted(failed), "taken": sorted(taken)})
        return {endpoint for (endpoint,) in cursor.fetchall()}


def _is_news(result: Result) -> bool:
    return not isinstance(result.tried.outcome, NotBegun)


def _decide(result: Result) -> Move:
    outcome = result.tried.outcome
    if isinstance(outcome, NotBegun):
        return Move(result, DeliveryState.DUE)
    if result.taken:
        return Move(result, DeliveryState.DELIVERED, said=_said(result))
    due_at = _next_try(result)
    state = DeliveryState.DUE if due_at else DeliveryState.FAILED
    return Move(result, state, due_at, _said(result))


def _next_try(result: Result) -> datetime | None:
    outcome = result.tried.outcome
    if result.gone:
        return None
    if not result.counts:
        return retrying.after_our_fault(result.ended, result.claimed.since)
    asked = outcome.retry_after if isinstance(outcome, Answered) else None
    return retrying.next_try(result.claimed.tries + 1, result.ended, asked)


def _said(result: Result) -> str:
    outcome = result.tried.outcome
    if isinstance(outcome, Answered):
        return f"HTTP {outcome.status}"
    return "" if isinstance(outcome, NotBegun) else _text(outcome.error, LONGEST_SAID)


def _text(text: str, longest: int | None = None) -> str:
    """Return it as PostgreSQL takes it: what a stranger sent may hold anything."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()[:longest]


def _move(moves: Sequence[Move]) -> set[int]:
    given: dict[str, Any] = {
        "ids": [each.result.tried.message.delivery_id for each in moves],
        "claims": [each.result.claimed.claimed_until for each in moves],
        "states": [each.state.value for each in moves],
        "tries": [int(each.result.counts) for each in moves],
        "due": [each.due_at for each in moves],
        "said": [each.said for each in moves],
        "to_delivered": may_become(DeliveryState.DELIVERED),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, given)
        return {delivery for (delivery,) in cursor.fetchall()}


def _keep(results: Sequence[Result]) -> None:
    if not results:
        return
    answers = [each.tried.outcome if isinstance(each.tried.outcome, Answered) else None for each in results]
    given: dict[str, Any] = {
        "deliveries": [each.tried.message.delivery_id for each in results],
        "at": [each.tried.at for each in results],
        "ms": [each.tried.ms for each in results],
        "status": [each.status if each else None for each in answers],
        "excerpts": [_text(each.excerpt) if each else "" for each in answers],
        "errors": [_error(each.tried.outcome) for each in results],
    }
    with connection.cursor() as cursor:
        cursor.execute(KEEP, given)


def _error(outcome: Outcome) -> str:
    if isinstance(outcome, Answered):
        return "a redirect is not followed" if 300 <= outcome.status <= 399 else ""
    return "" if isinstance(outcome, NotBegun) else _text(outcome.error, LONGEST_ERROR)


def _news(results: Iterable[Result], moved: set[int]) -> dict[int, News]:
    """Return what is new of each endpoint, from the attempts that still counted."""
    by_endpoint: dict[int, News] = {}
    for each in sorted(results, key=lambda result: result.ended):
        message = each.tried.message
        if _is_news(each) and message.delivery_id in moved:
            _tell(by_endpoint.setdefault(message.endpoint_id, News()), each)
    return by_endpoint


def _tell(news: News, result: Result) -> None:
    outcome = result.tried.outcome
    if result.taken:
        news.taken, news.failures, news.first_failure, news.last_failure = True, 0, None, None
    elif result.failed:
        news.failures += 1
        news.first_failure = news.first_failure or result.ended
        news.last_failure = result.ended
        if isinstance(outcome, Answered):
            asked = retrying.rest(outcome.status, result.ended, outcome.retry_after)
            news.rest = max(filter(None, [news.rest, asked]), default=None)
    else:
        # No circuit for a fault of ours; but what is queued there would meet the same, each with a look-up of its own.
        news.rest = max(filter(None, [news.rest, retrying.rest_after_our_fault(result.ended)]), default=None)


def _note(news: dict[int, News]) -> None:
    if not news:
        return
    failures, pause = settings.WEBHOOK_CIRCUIT
    given: dict[str, Any] = {
        "ids": list(news),
        "taken": [each.taken for each in news.values()],
        "failures": [each.failures for each in news.values()],
        "first": [each.first_failure for each in news.values()],
        "last": [each.last_failure for each in news.values()],
        "rest": [each.rest for each in news.values()],
        "circuit": failures,
        "pause": timedelta(seconds=pause),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, given)
        rows = cursor.fetchall()
    for endpoint_id, failing_since, last_failure in rows:
        if last_failure and last_failure >= failing_since + timedelta(seconds=settings.WEBHOOK_DISABLE_AFTER):
            disable(endpoint_id=endpoint_id, because=Disabled.FAILING)
