"""The admin's menu: an operator's words, in the order of what he looks for."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

MENU: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Orders",
        (
            ("Orders", "shopping_cart", "orders.order", ""),
            ("Unknown purchases", "help", "orders.purchase", "?state=unknown"),
            ("Purchases", "receipt_long", "orders.purchase", ""),
            ("Requests", "fingerprint", "orders.request", ""),
        ),
    ),
    (
        "Accounts",
        (
            ("Users", "group", "accounts.user", ""),
            ("API keys", "key", "accounts.apikey", ""),
            ("Tiers", "stairs", "accounts.tier", ""),
        ),
    ),
    (
        "Money",
        (
            ("Wallets", "account_balance_wallet", "wallets.wallet", ""),
            ("Entries", "menu_book", "wallets.entry", ""),
        ),
    ),
    (
        "Catalogue",
        (
            ("Services", "sell", "catalog.service", ""),
            ("Categories", "category", "catalog.category", ""),
            ("Sources", "call_split", "catalog.source", ""),
            ("Providers", "factory", "providers.provider", ""),
        ),
    ),
    ("Audit", (("Events", "history", "events.event", ""),)),
)
UNKNOWN = "?state=unknown"


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu as unfold takes it, without what this operator may not see."""
    return [{"title": title, "items": [_item(request, *item) for item in items]} for title, items in MENU]


def _item(request: HttpRequest, title: str, icon: str, model: str, query: str) -> dict[str, Any]:
    app, name = model.split(".")
    path = reverse(f"admin:{app}_{name}_changelist")
    here = request.path.startswith(path) and (request.GET.get("state") == "unknown") == (query == UNKNOWN)
    badge = {"badge": "notpanel.operator.home.unknown_count", "badge_variant": "warning"} if query == UNKNOWN else {}
    allowed = request.user.has_perm(f"{app}.view_{name}")
    return {
        "title": title,
        "icon": icon,
        "link": path + query,
        "active": here,
        "permission": lambda _: allowed,
        **badge,
    }
