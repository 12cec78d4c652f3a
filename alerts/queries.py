"""Reading alerts."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from alerts.models import Alert
from kit import clock

IN_THE_BANNER = 10
LATE = timedelta(minutes=5)


def lasting() -> QuerySet[Alert]:
    """Return the alerts whose cause is not over, the oldest first."""
    return Alert.objects.filter(cleared_at__isnull=True).order_by("raised_at", "id")


def for_the_banner() -> list[Alert]:
    """Return the alerts that every page of the admin shows, the oldest first, and one more than it shows at most."""
    return list(lasting().filter(hidden_at__isnull=True)[: IN_THE_BANNER + 1])


def mail_problem() -> str:
    """Return why the operator has not been mailed what he should have been, in a sentence; nothing where he has."""
    if not settings.OPERATOR_EMAIL:
        return ""
    waiting = lasting().filter(mailed_at__isnull=True)
    failed = waiting.exclude(mail_problem="").values_list("mail_problem", flat=True).first()
    if failed:
        return f"mail to {', '.join(settings.OPERATOR_EMAIL)} does not go out: {failed}"
    late = waiting.filter(raised_at__lt=clock.now() - LATE).count()
    wait = "1 alert waits" if late == 1 else f"{late} alerts wait"
    return f"{wait} to be mailed for over five minutes" if late else ""
