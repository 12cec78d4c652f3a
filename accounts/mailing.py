"""Sending people their mails. Never in a page: an SMTP server that hangs would hold the page up, and the thread."""

import logging
import os
from collections.abc import Callable
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.models import Mail
from accounts.operations import mails
from kit import clock, stopping

logger = logging.getLogger(__name__)
WITHIN = 60.0  # seconds; a clock tick comes back for what is left


def send_mails() -> int:
    """Send every mail that is due; return how many went out. Call it outside a transaction."""
    mails.forget_old_mails()
    if not mails.can_send():
        return 0
    until, sent = clock.timestamp() + WITHIN, 0
    while clock.timestamp() < until and not stopping.asked():
        mail = mails.claim_mail()
        if mail is None:
            break
        try:
            _way_out()(mail)
        except SMTPRecipientsRefused as error:
            _not_sent(mail, error, for_good=_is_for_good(error))
        except Exception as error:  # whatever the mail server does; the others' would meet the same
            _not_sent(mail, error)
            break
        else:
            mails.note_mail_sent(mail_id=mail.pk)
            sent += 1
    return sent


def _way_out() -> Callable[[Mail], None]:
    return _by_smtp if settings.EMAIL_HOST else _to_a_file


def _by_smtp(mail: Mail) -> None:
    _message(mail).send()


def _to_a_file(mail: Mail) -> None:
    folder = settings.HOME.path / "mail"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.pk}.eml"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_message(mail).message().as_bytes())
    logger.warning("there is no EMAIL_HOST: the mail to %s (%s) is in %s", mail.to, mail.subject, path)


def _message(mail: Mail) -> EmailMessage:
    # A retry is the same mail: its Message-ID does not change, so that a reader shows it once.
    host = settings.PANEL_URL.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    headers = {
        "Message-ID": f"<{mail.pk}.{mail.created_at.timestamp():.0f}@{host}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(
        mail.subject, mail.body, to=[mail.to], headers=headers, reply_to=settings.OPERATOR_EMAIL or None
    )


def _is_for_good(error: SMTPRecipientsRefused) -> bool:
    answers: Any = error.recipients.values()  # (code, text) for each recipient
    return all(code >= 500 for code, _ in answers)  # RFC 5321, 4.2.1: 5yz is a permanent refusal


def _not_sent(mail: Mail, error: Exception, *, for_good: bool = False) -> None:
    why = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {type(error).__name__}: {error}"
    again = mails.note_mail_not_sent(mail=mail, why=why, for_good=for_good)
    then = "is tried again" if again else "is given up"
    logger.error("a mail to %s (%s) could not be sent and %s: %s", mail.to, mail.kind, then, why)
