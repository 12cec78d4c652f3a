"""What somebody is to look at: money that ends, programs that are not told any more, keys that end, an open door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import ApiKey, User
from dashboard.people import second_factor
from dashboard.templatetags.panel import usd
from kit import clock
from wallets.models import Wallet
from webhooks.queries import endpoints_of_account
from webhooks.standing import Standing, standing

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Matter:
    """A sentence about what is to be looked at, and where that is done."""

    sentence: str
    address: str
    does: str


def attention(user: User, wallet: Wallet, keys: Sequence[ApiKey]) -> list[Matter]:
    """Return what the account needs now, the most urgent first. Two statements.

    :param keys: the account's, whatever their state.
    """
    return [*_money(wallet), *_webhooks(user), *_keys(keys), *_door(user)]


def _money(wallet: Wallet) -> list[Matter]:
    # Whoever has never had anything is told so by the first steps.
    if wallet.version == 0 or wallet.balance >= wallet.low_balance_threshold:
        return []
    below = _("Your balance is below %(amount)s.") % {"amount": usd(wallet.low_balance_threshold)}
    return [Matter(below, f"{reverse('dashboard:wallet')}#deposit", pgettext("to make one", "Deposit"))]


def _webhooks(user: User) -> list[Matter]:
    silent = [each for each in endpoints_of_account(user.pk) if standing(each) == Standing.DISABLED]
    if not silent:
        return []
    said = ngettext(
        "A webhook is disabled: your program is not told there what happens.",
        "%(count)s webhooks are disabled: your programs are not told there what happens.",
        len(silent),
    )
    one = reverse("dashboard:webhook", args=[silent[0].shown_id]) if len(silent) == 1 else reverse("dashboard:webhooks")
    return [Matter(said % {"count": len(silent)}, one, _("Look at it"))]


def _keys(keys: Sequence[ApiKey]) -> list[Matter]:
    now, page = clock.now(), reverse("dashboard:keys")
    matters = []
    for key in keys:
        if key.has_ended or key.expires_at is None or key.expires_at > now + SOON:
            continue
        day = date_format(localtime(key.expires_at), "DATE_FORMAT")
        said = _("The API key %(key)s expires on %(day)s: what uses it stops then.") % {"key": key, "day": day}
        matters.append(Matter(said, page, _("API keys")))
    return matters


def _door(user: User) -> list[Matter]:
    if second_factor.is_on(user):
        return []
    said = _("Your password alone opens this account. An app's code or a passkey beside it keeps others out.")
    return [Matter(said, reverse("mfa_index"), _("Turn it on"))]
