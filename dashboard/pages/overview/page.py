"""The overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import accounts.queries
import orders.queries
import wallets.queries
from accounts.models import ApiKey, Tier, User
from dashboard.account import account_of
from dashboard.pages.overview.attention import attention
from dashboard.pages.overview.chart import chart_of
from dashboard.people.guarding import reseller_page
from orders.listing import Row, list_of
from wallets.models import Wallet
from wallets.statement import spent_by_day

DAYS = 30
LATEST = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """The account's tier, and the next one with the deposits that it still takes; None where there is none."""

    tier: Tier
    deposited: Decimal
    pinned: bool
    next: Tier | None

    @property
    def missing(self) -> Decimal:
        """Return how many USD of deposits the next tier still takes."""
        return self.next.deposits_from - self.deposited if self.next else Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a new account does first, whether it is done, and where."""

    done: bool
    text: str
    address: str


@require_safe
@reseller_page
def home(request: HttpRequest) -> HttpResponse:
    """Show how the account is doing. As many statements whatever it has."""
    user = account_of(request)
    wallet, keys = wallets.queries.wallet_of(user.pk), list(accounts.queries.keys_of(user.pk))
    latest = list_of(user.pk, per_page=LATEST).rows
    told = {
        "chart": chart_of(spent_by_day(user.pk, DAYS)),
        "standing": standing_of(user, wallet),
        "tier_limited": settings.RATE_LIMIT_TIER,
        "latest": latest,
        "open": orders.queries.open_count(user.pk) if latest else 0,
        "most_counted": orders.queries.MOST_COUNTED,
        "matters": attention(user, wallet, keys),
        "steps": _first_steps(wallet, keys, latest),
    }
    return render(request, "dashboard/overview/page.html", told)


def standing_of(user: User, wallet: Wallet) -> Standing:
    """Return the account's tier and what the next one takes. Two statements."""
    following = None if user.tier_pinned else accounts.queries.tier_after(user.tier, wallet.deposited)
    return Standing(user.tier, wallet.deposited, user.tier_pinned, following)


def _first_steps(wallet: Wallet, keys: Sequence[ApiKey], latest: Sequence[Row]) -> list[Step]:
    """Return what is done first; nothing once all of it has been."""
    steps = [
        Step(wallet.version > 0, _("Deposit"), f"{reverse('dashboard:wallet')}#deposit"),
        Step(bool(keys), _("Make an API key"), reverse("dashboard:keys")),
        Step(bool(latest), _("Place an order"), reverse("dashboard:new_order")),
    ]
    return [] if all(step.done for step in steps) else steps
