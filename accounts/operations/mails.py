"""Mails to people: rows that a page writes, and that the worker sends (accounts/mailing.py)."""

from datetime import timedelta

from django.conf import settings

from accounts.models import Mail
from kit import clock
from kit.nudge import nudge
from kit.transitions import change_if

LONGEST_SUBJECT = 300
LONGEST_PROBLEM = 300
# A task is killed after CELERY_TASK_TIME_LIMIT (240 s): whoever claimed longer ago cannot be sending any more.
CLAIM_LASTS = timedelta(seconds=300)
WAITS = (60, 300, 900, 3600)  # seconds from a try to the next; the last one again and again
GIVEN_UP_AFTER = timedelta(hours=24)
KEPT = timedelta(days=30)
# Anybody can have us write to anybody who signed up, or whose address is typed in. What was sent goes on working.
MOST_ALIKE = 5
WITHIN = timedelta(hours=1)

CLAIM = """
UPDATE accounts_mail SET due_at = %(claimed_until)s, tries = tries + 1
WHERE id = (
    SELECT id FROM accounts_mail WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def can_send() -> bool:
    """Return whether this panel gets a mail to anybody: by its mail server, or as a file while it is being tried."""
    return bool(settings.EMAIL_HOST or settings.DEMO)


def write_mail(*, kind: str, to: str, subject: str, body: str) -> bool:
    """Have the mail sent, in the caller's transaction; return False where this person has had enough like it.

    :param kind: what it tells; of one kind nobody is sent more than MOST_ALIKE within an hour.
    """
    now = clock.now()
    if Mail.objects.filter(to=to, kind=kind, created_at__gt=now - WITHIN).count() >= MOST_ALIKE:
        return False
    Mail.objects.create(kind=kind, to=to, subject=subject[:LONGEST_SUBJECT], body=body, created_at=now, due_at=now)
    nudge("accounts.send_mails")
    return True


def claim_mail() -> Mail | None:
    """Return the mail that this caller alone is to send now, the longest due first; None where none is due."""
    now = clock.now()
    row = change_if(CLAIM, {"now": now, "claimed_until": now + CLAIM_LASTS})
    return None if row is None else Mail.objects.get(pk=row[0])


def note_mail_sent(*, mail_id: int) -> None:
    """Note that the mail went out, and forget what it said."""
    Mail.objects.filter(pk=mail_id).update(sent_at=clock.now(), body="", problem="")


def note_mail_not_sent(*, mail: Mail, why: str, for_good: bool = False) -> bool:
    """Note why the mail did not go out; return whether it is tried again.

    :param for_good: whether the mail server will never take it: it is given up at once.
    """
    now, problem = clock.now(), why[:LONGEST_PROBLEM]
    rows = Mail.objects.filter(pk=mail.pk, sent_at__isnull=True)
    if for_good or mail.created_at + GIVEN_UP_AFTER <= now:
        rows.update(given_up_at=now, body="", problem=problem)
        return False
    wait = WAITS[min(mail.tries, len(WAITS)) - 1]
    rows.update(due_at=now + timedelta(seconds=wait), problem=problem)
    return True


def forget_old_mails() -> int:
    """Remove what is older than KEPT; return how many."""
    return Mail.objects.filter(created_at__lt=clock.now() - KEPT).delete()[0]
