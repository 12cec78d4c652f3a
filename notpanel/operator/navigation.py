"""The admin's menu: an operator's words, in the order of what he looks for."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

MENU: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Orders",
        (
            ("Orders", "shopping_cart", "orders.order", ""),
            ("Unknown purchases", "help", "orders.unknownpurchase", ""),
            ("Refills", "autorenew", "orders.refill", ""),
            ("Subscriptions", "subscriptions", "orders.subscription", ""),
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
            ("Mails", "mail", "accounts.mail", ""),
        ),
    ),
    (
        "Money",
        (
            ("Wallets", "account_balance_wallet", "wallets.wallet", ""),
            ("Entries", "menu_book", "wallets.entry", ""),
            ("Reconciliation", "balance", "orders.reconciliation", ""),
            ("Top-ups", "add_card", "orders.topup", ""),
        ),
    ),
    (
        "Prices",
        (
            ("Price rules", "percent", "catalog.pricerule", ""),
            ("Personal prices", "handshake", "catalog.personalprice", ""),
            ("Exchange rates", "currency_exchange", "catalog.exchangerate", ""),
            ("Coupons", "confirmation_number", "catalog.coupon", ""),
            ("Coupon uses", "redeem", "orders.couponuse", ""),
        ),
    ),
    (
        "Catalogue",
        (
            ("Services", "sell", "catalog.service", ""),
            ("Categories", "category", "catalog.category", ""),
            ("Sources", "call_split", "catalog.source", ""),
            ("Catalogue changes", "published_with_changes", "catalog.syncchange", "?state=open"),
            ("Providers", "factory", "providers.provider", ""),
            ("Stops", "front_hand", "catalog.stop", ""),
        ),
    ),
    (
        "Webhooks",
        (
            ("Endpoints", "webhook", "webhooks.endpoint", ""),
            ("Deliveries", "outbox", "webhooks.delivery", ""),
        ),
    ),
    ("Pages", (("Texts", "article", "dashboard.text", ""),)),
    (
        "Audit",
        (
            ("Alerts", "notifications", "alerts.alert", "?state=lasting"),
            ("Events", "history", "events.event", ""),
        ),
    ),
)
UNKNOWN = "orders.unknownpurchase"


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu as unfold takes it, without what this operator may not see."""
    return [{"title": title, "items": [_item(request, *item) for item in items]} for title, items in MENU]


def _item(request: HttpRequest, title: str, icon: str, model: str, query: str) -> dict[str, Any]:
    app, name = model.split(".")
    path = reverse(f"admin:{app}_{name}_changelist")
    badge = {"badge": "notpanel.operator.home.unknown_count", "badge_variant": "warning"} if model == UNKNOWN else {}
    allowed = request.user.has_perm(f"{app}.view_{name}")
    return {
        "title": title,
        "icon": icon,
        "link": path + query,
        "active": request.path.startswith(path),
        "permission": lambda _: allowed,
        **badge,
    }
