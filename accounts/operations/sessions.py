"""Log-ins that have ended leave nothing behind."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from kit import clock


def forget_ended_sessions() -> int:
    """Remove sessions that have expired, and what was noted of those that are gone; return how many expired."""
    expired = Session.objects.filter(expire_date__lt=clock.now()).delete()[0]
    UserSession.objects.exclude(Exists(Session.objects.filter(session_key=OuterRef("session_key")))).delete()
    return expired
