"""Mailing owners that nothing is sent to their endpoints any more."""

import logging
from datetime import datetime
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from kit import clock, stopping
from webhooks.models import Endpoint
from webhooks.operations import telling_owners
from webhooks.operations.telling_owners import News
from webhooks.states import Disabled

logger = logging.getLogger(__name__)
WITHIN = 60.0  # seconds; the clock comes back every minute

WHY = {
    Disabled.GONE: "it answered 410 Gone, which asks us to send nothing more",
    Disabled.FAILING: "nothing that we sent there was taken for days",
}


def tell_owners() -> int:
    """Mail each owner whose endpoints were disabled by themselves, once; return how many endpoints they were told of.

    The operator's own word is not mailed, and without EMAIL_HOST nobody is. A suspended owner is told like any other:
    his orders go on. A mail that does not go out is tried again five minutes later, for a week. Call it outside a
    transaction.
    """
    if not settings.EMAIL_HOST:
        return 0
    until, told = clock.timestamp() + WITHIN, 0
    while clock.timestamp() < until and not stopping.asked():
        news = telling_owners.claim_untold()
        if news is None:
            break
        try:
            _mail(news).send()
        except SMTPRecipientsRefused as error:
            _log(news, error)
        except Exception as error:  # whatever the mail server does; the others' would meet the same
            _log(news, error)
            break
        else:
            telling_owners.note_told(news=news)
            told += len(news.endpoints)
    return told


def _log(news: News, error: Exception) -> None:
    logger.error(
        "%s could not be mailed that webhooks are disabled, and is tried again: %s:%s: %s: %s",
        news.endpoints[0].account.email,
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        type(error).__name__,
        error,
    )


def _mail(news: News) -> EmailMessage:
    several = len(news.endpoints) > 1
    subject = f"{len(news.endpoints)} of your webhooks are disabled" if several else "Your webhook is disabled"
    return EmailMessage(
        subject=f"[{settings.PANEL_NAME}] {subject}",
        body="\n\n".join([*map(_paragraph, news.endpoints), _what_to_do(several)]),
        to=[news.endpoints[0].account.email],
        reply_to=settings.OPERATOR_EMAIL or None,
    )


def _paragraph(endpoint: Endpoint) -> str:
    lines = [
        endpoint.url,
        f"({endpoint.shown_id})",
        f"Nothing is sent there since {_moment(endpoint.disabled_at)}: {WHY[Disabled(endpoint.disabled_because)]}.",
    ]
    if endpoint.failing_since:
        lines.append(f"It has been failing since {_moment(endpoint.failing_since)}.")
    return "\n".join(lines)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _what_to_do(several: bool) -> str:
    them = "them" if several else "it"
    return (
        f"What happens from now on is not told there. Once your receiver answers 2xx again, enable {them} among the "
        f"webhooks of {settings.PANEL_URL}/dashboard: the address and the secret stay as they are, and what failed can "
        f"be sent again. Or remove {them} there."
    )
