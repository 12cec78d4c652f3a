"""Writing down what happened."""

from collections.abc import Mapping
from typing import Any

from events.announcing import announced
from events.models import Event
from kit import clock, ids

LONGEST_REASON = 500


def record(
    *,
    kind: str,
    subject: str,
    subject_id: int,
    account_id: int | None = None,
    data: dict[str, Any] | None = None,
    actor: str = "",
    reason: str = "",
    announce: bool = False,
) -> Event:
    """Write the fact in the caller's transaction, so that it stands exactly if what it tells of does.

    :param kind: `order.completed`, `provider.failing` …: the subject, a dot, what happened.
    :param actor: who did it: an e-mail address, `api:<key's prefix>`, or empty for the panel itself.
    :param reason: why, in somebody's words; what is beyond 500 characters of it is cut off.
    :param announce: whether it gets a public id and whoever carries facts on hears of it now, in this transaction.
        Call it after everything that the fact is about has been written.
    """
    event = Event.objects.create(
        public_id=ids.new_id() if announce else None,
        kind=kind,
        account_id=account_id,
        subject=subject,
        subject_id=subject_id,
        data=data or {},
        actor=actor,
        reason=reason[:LONGEST_REASON],
        at=clock.now(),
    )
    if announce:
        announced.send(Event, event=event)
    return event


def record_each(
    *, kind: str, subject: str, data: Mapping[int, dict[str, Any]], actor: str = "", reason: str = ""
) -> None:
    """Write the same kind of fact of many subjects at once, each with its own data, in the caller's transaction.

    :param data: what is told of each subject, by the subject's id.
    """
    at = clock.now()
    Event.objects.bulk_create(
        Event(
            kind=kind,
            subject=subject,
            subject_id=subject_id,
            data=told,
            actor=actor,
            reason=reason[:LONGEST_REASON],
            at=at,
        )
        for subject_id, told in data.items()
    )
