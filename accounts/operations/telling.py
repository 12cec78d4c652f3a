"""Telling an account's owner what the operator did to its security: whoever talked him into it is not who reads it."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.operations.mails import can_send, write_mail
from kit import clock


def tell_of_second_factor_removed(user: User) -> None:
    """Have the owner told, in the caller's transaction, that the password alone opens the account now."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Your second factor was removed")
        did = _("The operator of %(panel)s removed the second factor of your account: its password alone opens it now.")
        _tell(user.email, "account/two_factor_removed", subject, did)


def tell_of_email_changed(user: User, *, before: str) -> None:
    """Have the owner told, in the caller's transaction, that the account has another address than this one.

    Not which: one that was never confirmed may be read by somebody else.
    """
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = _("Your e-mail address was changed")
        did = _("The operator of %(panel)s gave your account another e-mail address than this one.")
        _tell(before, "account/email_changed_by_operator", subject, did)


def _tell(to: str, kind: str, subject: str, did: str) -> None:
    if not can_send():
        return
    told = {"panel": settings.PANEL_NAME, "at": f"{clock.now():%Y-%m-%d %H:%M}"}
    told |= {"operators": ", ".join(settings.OPERATOR_EMAIL)}
    ask = _("Did you not ask for it? Write to the operator at once: %(operators)s")
    nobody_named = _("Did you not ask for it? Ask the operator of this panel at once.")
    paragraphs = (did, _("It was done on %(at)s UTC."), ask if settings.OPERATOR_EMAIL else nobody_named)
    body = "\n\n".join(each % told for each in paragraphs) + f"\n\n-- \n{settings.PANEL_NAME}\n{settings.PANEL_URL}\n"
    write_mail(kind=kind, to=to, subject=f"[{settings.PANEL_NAME}] {subject}", body=body)
