"""How an account wants its pages: no key, price or answer of the API depends on it."""

import re

from django.conf import settings

from accounts.models import CURRENCY_CODE, User
from accounts.operations.people import UnknownAccount


class InvalidPreference(ValueError):
    """The pages are not to be had in this language, or this is no currency's code."""


def prefer(*, account_id: int, language: str | None = None, display_currency: str | None = None) -> None:
    """Set what is given; an empty text is for having no preference.

    :param language: one of LANGUAGES.
    :param display_currency: shown beside USD. Whether there is a rate for it is the page's to know.
    :raises InvalidPreference: where one of them cannot be kept; neither is then.
    :raises UnknownAccount: where there is none.
    """
    wanted = {"language": language, "display_currency": display_currency}
    changes = {name: value for name, value in wanted.items() if value is not None}
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidPreference(f"{language!r} is none of the panel's languages")
    if display_currency and not re.fullmatch(CURRENCY_CODE, display_currency):
        raise InvalidPreference(f"{display_currency!r} is no currency: write a code such as EUR")
    if changes and not User.objects.filter(pk=account_id).update(**changes):
        raise UnknownAccount(f"there is no account {account_id}")
