"""What statuses and dialects are called on pages, and how good or bad a status is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "pending": _("Pending"),
    "processing": _("Processing"),
    "in_progress": _("In progress"),
    "completed": _("Completed"),
    "partial": _("Partial"),
    "canceled": _("Canceled"),
    "failed": _("Failed"),
    "rejected": _("Rejected"),
    "active": _("Active"),
    "paused": _("Paused"),
    "expired": _("Expired"),
    # of a webhook's delivery
    "due": _("On its way"),
    "delivered": _("Delivered"),
    "dropped": _("Dropped"),
    # of a webhook or a key
    "disabled": _("Disabled"),
    "failing": _("Failing"),
    "resting": _("Resting"),
    "revoked": _("Revoked"),
    "removed": _("Removed"),
    "key_revoked": _("Key revoked"),
    "key_expired": _("Key expired"),
    # of a key
    "standard": _("standard"),
    "classic": _("classic"),
}
TONES = {
    "processing": "info",
    "in_progress": "info",
    "completed": "good",
    "delivered": "good",
    "active": "good",
    "partial": "warn",
    "paused": "warn",
    "resting": "warn",
    "failing": "warn",
    "expired": "warn",
    "failed": "bad",
    "rejected": "bad",
    "disabled": "bad",
    "revoked": "bad",
    "key_revoked": "bad",
    "key_expired": "warn",
}


def word(status: str) -> str:
    """Return what a status or a dialect is called in the reader's language."""
    return str(WORDS.get(status, status))
