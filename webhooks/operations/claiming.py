"""Taking deliveries that are due in hand, and ending those that nobody is to hear of any more."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from alerts.operations import raise_alert
from kit import clock, encryption, ids
from kit.transitions import change_if
from webhooks import signing
from webhooks.kinds import TEST
from webhooks.models import Delivery, Endpoint
from webhooks.outcomes import Message
from webhooks.queries import IS_THERE

BEGIN_WITHIN = (
    5.0  # seconds after the claim; what has not begun then is given back, so that stopping does not take long
)
RECORD_WITHIN = 40  # seconds beyond that and the time-out, in which an outcome is recorded
UNREADABLE = "webhooks.unreadable_secret"
UNREADABLE_RESTS = timedelta(seconds=60)
MOST_CLOSED = 1000  # at once

# The endpoints that have open deliveries, one step of the partial index for each: what has ended costs nothing here,
# nor do a hundred thousand open ones of one endpoint.
OPEN = """
WITH RECURSIVE open AS (
    (SELECT endpoint_id FROM webhooks_delivery WHERE state = 'due' AND endpoint_id > %(after)s
     ORDER BY endpoint_id, due_at LIMIT 1)
    UNION ALL
    SELECT following.endpoint_id FROM open CROSS JOIN LATERAL (
        SELECT d.endpoint_id FROM webhooks_delivery d WHERE d.state = 'due' AND d.endpoint_id > open.endpoint_id
        ORDER BY d.endpoint_id, d.due_at LIMIT 1
    ) following
)
"""
DUE = """
d.endpoint_id = e.id AND d.state = 'due' AND d.due_at <= %(now)s
AND (d.claimed_until IS NULL OR d.claimed_until < %(now)s)
"""
# A test that was asked for after it was disabled is sent all the same; not a fact written by a transaction that did
# not see yet that it was being disabled.
A_TEST = f"(SELECT v.kind = '{TEST}' FROM events_event v WHERE v.id = d.event_id)"  # noqa: S608 -- a constant
WANTED = f"(e.disabled_at IS NULL OR d.made_at > e.disabled_at AND {A_TEST})"
ENDED = f"NOT {IS_THERE}"
# OFFSET 0 keeps the planner from joining all endpoints at once: each is looked at when its turn comes, and no further
# than it takes to fill the batch.
CLAIM = f"""
{OPEN}, chosen AS (
    SELECT d.id, e.id AS endpoint_id, e.url, e.secret_encrypted, e.old_secret
    FROM open CROSS JOIN LATERAL (
        SELECT e.*, CASE WHEN e.old_secret_until > %(now)s THEN e.old_secret_encrypted ELSE '' END AS old_secret,
            least(
                CASE WHEN e.failures > 0 THEN greatest(%(circuit)s - e.failures, 1) END,
                coalesce((%(rooms)s::jsonb -> e.id::text ->> 0)::int, %(room)s)
            ) - coalesce((%(rooms)s::jsonb -> e.id::text ->> 1)::int, 0) AS room
        FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
        WHERE e.id = open.endpoint_id AND {IS_THERE}
          AND (e.resting_until IS NULL OR e.resting_until <= %(now)s)
        OFFSET 0
    ) e CROSS JOIN LATERAL (
        SELECT d.id FROM webhooks_delivery d WHERE {DUE} AND {WANTED}
        ORDER BY d.due_at LIMIT greatest(e.room, 0) FOR UPDATE OF d SKIP LOCKED
    ) d
    LIMIT %(most)s
)
UPDATE webhooks_delivery d SET claimed_until = %(until)s
FROM chosen c, events_event v WHERE d.id = c.id AND v.id = d.event_id
RETURNING d.id, c.endpoint_id, c.url, c.secret_encrypted, c.old_secret, v.public_id, d.body, d.tries,
    coalesce(d.sent_again_at, d.made_at)
"""  # noqa: S608 -- all are constants
WAITING = f"""
{OPEN} SELECT 1 FROM open CROSS JOIN LATERAL (
    SELECT e.id, e.disabled_at FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
    WHERE e.id = open.endpoint_id AND {IS_THERE}
      AND (e.resting_until IS NULL OR e.resting_until <= %(now)s)
    OFFSET 0
) e CROSS JOIN LATERAL (SELECT d.id FROM webhooks_delivery d WHERE {DUE} AND {WANTED} ORDER BY d.due_at LIMIT 1) d
LIMIT 1
"""  # noqa: S608
CLOSE = f"""
{OPEN}, unwanted AS (
    SELECT d.id, e.state, e.said FROM open CROSS JOIN LATERAL (
        SELECT e.id, e.disabled_at, e.removed_at, CASE WHEN {ENDED} THEN 'dropped' ELSE 'failed' END AS state,
            CASE WHEN e.removed_at IS NOT NULL THEN 'the endpoint was removed'
                 WHEN {ENDED} THEN 'its API key was revoked or has expired' ELSE 'the endpoint was disabled' END AS said
        FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
        WHERE e.id = open.endpoint_id AND ({ENDED} OR e.disabled_at IS NOT NULL)
        OFFSET 0
    ) e CROSS JOIN LATERAL (
        SELECT d.id FROM webhooks_delivery d
        WHERE d.endpoint_id = e.id AND d.state = 'due'
          AND (e.state = 'dropped' OR d.made_at <= e.disabled_at OR NOT {A_TEST})
        ORDER BY d.due_at LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
    ) d
    LIMIT %(most)s
)
UPDATE webhooks_delivery d SET state = u.state, said = u.said, ended_at = %(now)s, claimed_until = NULL
FROM unwanted u WHERE d.id = u.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in hand: what is to be posted, and what it was when it was taken."""

    message: Message
    claimed_until: datetime
    tries: int
    since: datetime  # when it was put into the outbox, or last sent again


@dataclass(frozen=True, slots=True)
class Taken:
    """What one claim brought, the endpoint it got to, and the endpoints whose secrets cannot be read."""

    claimed: list[Claimed]
    last_endpoint: int
    rows: int
    unreadable: frozenset[int]


@dataclass
class Keyring:
    """The keys that sign, each secret decrypted once."""

    _keys: dict[str, bytes] = field(default_factory=dict)

    def if_readable(self, token: str) -> tuple[bytes, ...]:
        """Return the key of a secret that may be none, or one that was rotated because nobody could read it."""
        try:
            return (self.key(token),) if token else ()
        except (encryption.CannotDecrypt, ValueError):
            return ()

    def key(self, token: str) -> bytes:
        """Return the key of a secret.

        :raises CannotDecrypt: where it cannot be read.
        """
        if token not in self._keys:
            self._keys[token] = signing.signing_key(encryption.decrypt(token))
        return self._keys[token]


def waiting() -> bool:
    """Return whether anything can be sent now."""
    return change_if(WAITING, {"now": clock.now(), "after": 0}) is not None


def somewhere() -> int:
    """Return the id of some endpoint, or of none: where to begin, so that no run prefers the same ones."""
    last = Endpoint.objects.aggregate(last=Max("id"))["last"] or 0
    return random.randint(0, last)  # noqa: S311


def claim(
    *, most: int, room: int, rooms: Mapping[int, tuple[int, int]], after: int, keyring: Keyring | None = None
) -> Taken:
    """Take up to so many deliveries that are due in hand, each endpoint's oldest first.

    :param room: how many may be in hand of one endpoint.
    :param rooms: of those that the caller knows: how many may be, and how many are. An endpoint that fails has room for
        as many as it takes to open its circuit, and for one when it is open.
    :param after: the endpoint's id after which to begin. Where fewer come back than asked for, the last was reached.
    """
    now = clock.now()
    until = now + timedelta(seconds=BEGIN_WITHIN + settings.WEBHOOK_TIMEOUT + RECORD_WITHIN)
    known = orjson.dumps({str(each): list(pair) for each, pair in rooms.items()}).decode()
    given: dict[str, Any] = {"now": now, "until": until, "most": most, "after": after, "room": room, "rooms": known}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, given | {"circuit": settings.WEBHOOK_CIRCUIT[0]})
        rows = cursor.fetchall()
    return _taken(rows, until, now.timestamp() + BEGIN_WITHIN, keyring or Keyring())


def _taken(rows: list[tuple[Any, ...]], until: datetime, start_by: float, keyring: Keyring) -> Taken:
    claimed: list[Claimed] = []
    unreadable: dict[int, list[int]] = {}
    for delivery_id, endpoint_id, url, secret, old_secret, event_id, body, tries, since in rows:
        try:
            keys = (keyring.key(secret), *keyring.if_readable(old_secret))
        except (encryption.CannotDecrypt, ValueError):
            unreadable.setdefault(endpoint_id, []).append(delivery_id)
            continue
        message = Message(
            delivery_id, endpoint_id, url, ids.shown("evt", event_id), body.encode(), keys, start_by=start_by
        )
        claimed.append(Claimed(message, until, tries, since))
    for endpoint_id, deliveries in unreadable.items():
        _leave_unreadable(endpoint_id, deliveries, until)
    return Taken(claimed, max((row[1] for row in rows), default=0), len(rows), frozenset(unreadable))


@transaction.atomic
def _leave_unreadable(endpoint_id: int, deliveries: list[int], until: datetime) -> None:
    """Give back what cannot be signed, and leave its endpoint alone for a minute: the operator has to mend it."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    rest = clock.now() + UNREADABLE_RESTS
    endpoint.resting_until = max(rest, endpoint.resting_until or rest)
    endpoint.save(update_fields=["resting_until"])
    Delivery.objects.filter(pk__in=deliveries, state="due", claimed_until=until).update(claimed_until=None)
    raise_alert(
        kind=UNREADABLE,
        subject_id=endpoint_id,
        text=f"Nothing can be sent to {endpoint.shown_id}: its secret was encrypted with a key that is not in "
        "ENCRYPTION_KEYS. Put that key back at the end of the list, or rotate the endpoint's secret.",
        path=f"/admin/webhooks/endpoint/{endpoint_id}/change/",
    )


def close_unwanted() -> int:
    """End what is open where nobody is to hear of it: endpoints removed or disabled, keys ended; return how many.

    Nothing of it is sent meanwhile. Each MOST_CLOSED are a statement of their own, until none is left.
    """
    done, found = 0, MOST_CLOSED
    while found == MOST_CLOSED:
        with connection.cursor() as cursor:
            cursor.execute(CLOSE, {"now": clock.now(), "after": 0, "most": MOST_CLOSED})
            found = int(cursor.rowcount)
        done += found
    return done
