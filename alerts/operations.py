"""Every write of alerts. Raising and ending one are safe to repeat: what is so already is left as it is."""

from collections.abc import Collection
from datetime import timedelta

from django.db import connection, transaction

from alerts.models import Alert
from events.operations import record
from kit import clock
from kit.nudge import nudge
from kit.transitions import change_if

LONGEST_TEXT = 500
LONGEST_PROBLEM = 300
# A task is killed after CELERY_TASK_TIME_LIMIT (240 s): whoever claimed longer ago cannot be sending any more.
CLAIM_LASTS = timedelta(seconds=300)
# These come and go: a provider that fails for a moment, again and again, would be a mail each time. What has not lasted
# so long is in the banner and in the list, and is not mailed.
COME_AND_GO = ["provider.failing"]
MAILED_AFTER = timedelta(minutes=2)

RAISE = """
INSERT INTO alerts_alert (kind, subject_id, text, path, raised_at, mail_problem)
VALUES (%(kind)s, %(subject_id)s, %(text)s, %(path)s, %(now)s, '')
ON CONFLICT (kind, subject_id) WHERE cleared_at IS NULL DO NOTHING RETURNING id
"""
CLAIM = """
UPDATE alerts_alert SET mail_claimed_at = %(now)s
WHERE mailed_at IS NULL AND cleared_at IS NULL AND (mail_claimed_at IS NULL OR mail_claimed_at < %(lapsed)s)
  AND (kind <> ALL(%(come_and_go)s) OR raised_at <= %(lasting)s)
RETURNING id
"""


class AlertEnded(Exception):
    """The alert has been cleared meanwhile: there is nothing left to do about it."""


def raise_alert(*, kind: str, text: str, subject_id: int = 0, path: str = "") -> bool:
    """Tell the operator, in the caller's transaction; return whether it is news.

    While the cause lasts, only its text is brought up to date: nobody is told again.
    """
    text = text[:LONGEST_TEXT]
    if change_if(RAISE, {"kind": kind, "subject_id": subject_id, "text": text, "path": path, "now": clock.now()}):
        nudge("alerts.mail")
        return True
    Alert.objects.filter(kind=kind, subject_id=subject_id, cleared_at__isnull=True).exclude(text=text).update(text=text)
    return False


def clear_alert(*, kind: str, subject_id: int = 0) -> bool:
    """Say that the cause is over; return whether it was one. It is told anew when it comes back."""
    lasting = Alert.objects.filter(kind=kind, subject_id=subject_id, cleared_at__isnull=True)
    return lasting.update(cleared_at=clock.now()) > 0


def clear_all_of(*, area: str, subject_id: int, but: Collection[str] = ()) -> int:
    """Say that every cause of this area (`provider`: all kinds that begin with `provider.`) is over for the subject.

    Return how many lasted.

    :param but: kinds that are left as they are.
    """
    lasting = Alert.objects.filter(kind__startswith=f"{area}.", subject_id=subject_id, cleared_at__isnull=True)
    return lasting.exclude(kind__in=but).update(cleared_at=clock.now())


@transaction.atomic
def clear_by_hand(*, alert_id: int, actor: str, reason: str) -> None:
    """Say that the operator has dealt with it. Where the cause lasts, he is told anew.

    :raises AlertEnded: where it has been cleared before.
    """
    if not Alert.objects.filter(pk=alert_id, cleared_at__isnull=True).update(cleared_at=clock.now()):
        raise AlertEnded("this alert has been cleared meanwhile")
    record(kind="alert.cleared", subject="alert", subject_id=alert_id, actor=actor, reason=reason)


@transaction.atomic
def hide(*, alert_id: int, actor: str, reason: str) -> None:
    """Leave the alert out of the banner for as long as it lasts; the list of alerts goes on showing it.

    :raises AlertEnded: where it has been cleared.
    """
    if not Alert.objects.filter(pk=alert_id, cleared_at__isnull=True).update(hidden_at=clock.now()):
        raise AlertEnded("this alert has been cleared meanwhile")
    record(kind="alert.hidden", subject="alert", subject_id=alert_id, actor=actor, reason=reason)


def claim_unmailed() -> list[Alert]:
    """Return the alerts that this caller alone is to mail now, the oldest first. What comes and goes has to last."""
    now = clock.now()
    times = {"now": now, "lapsed": now - CLAIM_LASTS, "lasting": now - MAILED_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, times | {"come_and_go": COME_AND_GO})
        claimed = [row[0] for row in cursor.fetchall()]
    return list(Alert.objects.filter(pk__in=claimed).order_by("raised_at", "id"))


def note_mailed(*, alert_ids: list[int]) -> None:
    """Note that the alerts went out."""
    Alert.objects.filter(pk__in=alert_ids).update(mailed_at=clock.now(), mail_problem="")


def note_not_mailed(*, alert_ids: list[int], why: str) -> None:
    """Give up the claim on alerts that did not go out, and keep why: the next clock tick tries again."""
    kept = {"mail_claimed_at": None, "mail_problem": why[:LONGEST_PROBLEM]}
    Alert.objects.filter(pk__in=alert_ids, mailed_at__isnull=True).update(**kept)
