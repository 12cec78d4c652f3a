"""What every page shows around its content: the panel's name, the menus, the balance, the reader's choices."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

import wallets.queries
from dashboard import currency
from dashboard.choices import theme_of

PANEL = (
    ("dashboard:home", _("Overview"), "home"),
    ("dashboard:new_order", _("New order"), "new"),
    ("dashboard:orders", _("Orders"), "orders"),
    ("dashboard:services", _("Services"), "services"),
    ("dashboard:wallet", _("Wallet"), "wallet"),
    ("dashboard:keys", _("API keys"), "key"),
    ("dashboard:webhooks", _("Webhooks"), "webhooks"),
    ("dashboard:settings", _("Settings"), "settings"),
    ("dashboard:developers", _("Developers"), "docs"),
)
PUBLIC = (
    ("dashboard:rate_card", _("Services")),
    ("dashboard:developers", _("Developers")),
    ("dashboard:faq", _("FAQ")),
)
FOOT = (
    ("dashboard:terms", _("Terms")),
    ("dashboard:privacy", _("Privacy")),
    ("dashboard:refunds", _("Refunds")),
    ("dashboard:faq", _("FAQ")),
    ("dashboard:status", _("Status")),
    ("dashboard:developers", _("Developers")),
)


ALONE = {"dashboard:home", "dashboard:orders"}  # what lies under their addresses is other lines' of the menu


@dataclass(frozen=True, slots=True)
class Link:
    """A line of a menu."""

    address: str
    text: str | Promise
    here: bool = False
    icon: str = ""


def around(request: HttpRequest) -> dict[str, Any]:
    """Return what the templates around a page need; nothing is read before it is shown."""
    if request.path.startswith("/admin/"):
        return {}
    user, told = request.user, for_anybody(request)
    if not user.is_authenticated:
        return told
    return told | {
        "panel_menu": [Link(reverse(name), text, _is_here(request, name), icon) for name, text, icon in PANEL],
        # The very number the API answers with, out of the same cache.
        "balance": partial(wallets.queries.balance, user.pk),
        "display_currency": SimpleLazyObject(partial(currency.chosen, user.display_currency)),
    }


def for_anybody(request: HttpRequest) -> dict[str, Any]:
    """Return what a page needs around it whoever reads it; neither the database nor a session is asked for it."""
    return {
        "PANEL_NAME": settings.PANEL_NAME,
        "SIGN_UP": settings.SIGN_UP,
        "operators": settings.OPERATOR_EMAIL,
        "theme": theme_of(request),
        "public_menu": [Link(reverse(name), text, _is_here(request, name)) for name, text in PUBLIC],
        "foot_menu": [Link(reverse(name), text) for name, text in FOOT],
    }


def _is_here(request: HttpRequest, name: str) -> bool:
    """Return whether the page belongs to this line of a menu: it is that page, or one under its address."""
    address = reverse(name)
    if name in ALONE:
        return request.path == address
    return request.path == address or request.path.startswith(f"{address}/")
