"""Mailing the operator what has been raised: several alerts in one mail, none of them twice."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage

from alerts import operations
from alerts.models import Alert

logger = logging.getLogger(__name__)
LONGEST_SUBJECT = 72


def mail_alerts() -> int:
    """Mail every alert that has not been, to OPERATOR_EMAIL; return how many. Without an address nobody is mailed.

    A mail that does not go out is tried again when this is next called. Call it outside a transaction.
    """
    if not settings.OPERATOR_EMAIL or not settings.EMAIL_HOST:
        return 0
    claimed = operations.claim_unmailed()
    if not claimed:
        return 0
    ids = [each.pk for each in claimed]
    try:
        _mail(claimed).send()
    except Exception as error:  # whatever the mail server does, the claim is given back
        why = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {type(error).__name__}: {error}"
        logger.error("%d alerts could not be mailed and are tried again: %s", len(ids), why)  # noqa: TRY400
        operations.note_not_mailed(alert_ids=ids, why=why)
        return 0
    operations.note_mailed(alert_ids=ids)
    return len(ids)


def _mail(alerts: list[Alert]) -> EmailMessage:
    return EmailMessage(
        subject=_subject(alerts), body="\n\n".join([*map(_paragraph, alerts), _end()]), to=settings.OPERATOR_EMAIL
    )


def _subject(alerts: list[Alert]) -> str:
    first = " ".join(alerts[0].text.split())
    said = first if len(alerts) == 1 else f"{len(alerts)} alerts: {first}"
    subject = f"[{settings.PANEL_NAME}] {said}"
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 3]}..."


def _paragraph(alert: Alert) -> str:
    page = f"\n{settings.PANEL_URL}{alert.path}" if alert.path.startswith("/") else ""
    return f"{alert.text}\n({alert.kind}, since {alert.raised_at:%Y-%m-%d %H:%M} UTC){page}"


def _end() -> str:
    return (
        "-- \nEach cause is mailed once for as long as it lasts, and again when it comes back. "
        f"What lasts is at {settings.PANEL_URL}/admin/alerts/alert/"
    )
