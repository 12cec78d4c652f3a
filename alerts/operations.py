"""Raising an alert and ending it, each safe to repeat: what is so already is left as it is."""

from alerts.models import Alert
from kit import clock
from kit.nudge import nudge
from kit.transitions import change_if

LONGEST_TEXT = 500

RAISE = """
INSERT INTO alerts_alert (kind, subject_id, text, path, raised_at)
VALUES (%(kind)s, %(subject_id)s, %(text)s, %(path)s, %(now)s)
ON CONFLICT (kind, subject_id) WHERE cleared_at IS NULL DO NOTHING RETURNING id
"""


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
