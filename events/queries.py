"""Reading what happened."""

from django.db.models import QuerySet

from events.models import Event


def history(subject: str, subject_id: int) -> QuerySet[Event]:
    """Return the subject's events, oldest first."""
    return Event.objects.filter(subject=subject, subject_id=subject_id).order_by("id")
