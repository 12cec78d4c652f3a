"""What the reseller's pages read: statements and milliseconds, with 10,000 services and many orders of one account.

By itself it is 20,000 orders. `--full` writes 1,000,000, which takes minutes:
`.venv/bin/python -m bench.reading --full`.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any
from unittest.mock import patch

from bench.many_orders import DAYS, day, write_catalogue, write_orders
from bench.panel import panel
from bench.rate_card import HEAD, asked

HEADER = "| what is read | rows | statements | median, ms | p99, ms |\n|---|---|---|---|---|"
Read = Callable[[], Any]


def of_services() -> dict[str, Read]:
    """Return what the rate card and the service picker read."""
    from catalog.models import Service
    from catalog.searching import categories_on_sale, one_on_sale, search

    one = Service.objects.order_by("id")[5000].pk
    return {
        "services: the first page": lambda: search().rows,
        "services: the last page": lambda: search(page=10**6).rows,
        "services: two words": lambda: search(text="likes fast").rows,
        "services: two words, nothing found": lambda: search(text="likes nowhere").rows,
        "services: ten letters": lambda: search(text="a e i o r s t n k l").rows,
        "services: a category that refills": lambda: search(category_id=7, refill=True).rows,
        "services: one": lambda: [one_on_sale(one)],
        "services: the categories": categories_on_sale,
    }


def of_orders(account: int) -> dict[str, Read]:
    """Return what the list of orders reads, by each filter."""
    from catalog.models import Service
    from orders.listing import list_of
    from orders.models import Order
    from orders.showing import one_of

    numbers = Order.objects.filter(account_id=account).order_by("id").values_list("id", flat=True)
    deep, middle = numbers[900], numbers[len(numbers) // 2]
    popular, few, never = (Service.objects.order_by("id")[nth].pk for nth in (7, 1, 3))
    Order.objects.filter(service_id=never).update(service_id=few)
    early, late = day(3).date(), day(DAYS // 2).date()
    asked: dict[str, dict[str, Any]] = {
        "the newest": {},
        "deep down": {"before": deep},
        "up from deep down": {"after": deep},
        "a common status": {"status": "completed"},
        "a rare status": {"status": "failed"},
        "a status without any": {"status": "pending"},
        "a popular service": {"service_id": popular},
        "a service with few": {"service_id": few},
        "a service with none": {"service_id": never},
        "a link": {"link": "https://example.com/p/777"},
        "a link of one in a hundred": {"link": "https://example.com/p/0", "before": middle},
        "a link without any": {"link": "https://example.com/nowhere"},
        "an order's id": {"link": str(deep)},
        "an old day": {"since": early, "until": early},
        "half of the days": {"since": early, "until": late},
        "half of the days, a status that only the newest have": {"until": late, "status": "in_progress"},
        "half of the days, a service": {"until": late, "service_id": popular},
        "a popular service, a rare status": {"service_id": popular, "status": "failed"},
    }
    lists = {f"orders: {name}": reading(list_of, account, filters) for name, filters in asked.items()}
    return lists | {"orders: one": lambda: [one_of(account, str(middle))]}


def of_money(account: int) -> dict[str, Read]:
    """Return what the wallet's pages and the chart read, on the day after the last order."""
    from orders.models import Order
    from wallets.statement import entries_of, spent_by_day

    refunded = Order.objects.filter(account_id=account, status="partial")[0].pk
    early, late = day(3).date(), day(DAYS // 2).date()
    asked: dict[str, dict[str, Any]] = {
        "the newest": {},
        "deep down": {"before": 900},
        "deposits": {"kind": "deposits"},
        "refunds": {"kind": "refunds"},
        "bonuses, of which there are none": {"kind": "bonuses"},
        "words": {"text": "bench"},
        "words that nothing says": {"text": "nowhere"},
        "an order": {"order": refunded},
        "an old day": {"since": early, "until": early},
        "half of the days, refunds": {"since": early, "until": late, "kind": "refunds"},
    }
    lists = {f"statement: {name}": reading(entries_of, account, filters) for name, filters in asked.items()}
    return lists | {"spent a day, over 30 days": lambda: spent_by_day(account)}


def of_a_new_order(account: int) -> dict[str, Read]:
    """Return what the page of a new order reads as one types."""
    from catalog.models import Service
    from orders.quoting import quote

    service = Service.objects.order_by("id")[5000].pk
    params = {"service": str(service), "link": "https://example.com/p", "quantity": "100"}
    return {"a quote": lambda: [quote(account, params)]}


def reading(list_of: Callable[..., Any], account: int, filters: dict[str, Any]) -> Read:
    """Return the read of one slice."""
    return lambda: list_of(account, **filters).rows


def measured(name: str, read: Read, times: int) -> str:
    """Read so many times and return a row of the table."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    read()  # what is cached from the first time on is cached
    with CaptureQueriesContext(connection) as statements:
        rows = len(read())
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        read()
        spent.append((time.perf_counter() - began) * 1000)
    p99 = statistics.quantiles(spent, n=100, method="inclusive")[98]
    return f"| {name} | {rows} | {len(statements)} | {statistics.median(spent):.1f} | {p99:.1f} |"


def exported(account: int) -> Iterable[str]:
    """Export all orders and all entries as CSV, and return a row of the second table for each."""
    from kit.csv_lines import csv_lines
    from orders import listing
    from wallets import statement

    for name, rows, fields in (
        ("orders", listing.export(account), ("shown_id", "created_at", "service", "link", "charge", "kept", "status")),
        ("entries", statement.export(account), ("seq", "at", "amount", "balance_after", "kind", "reference")),
    ):
        began, count, size = time.perf_counter(), 0, 0
        cells = (tuple(getattr(row, field) for field in fields) for row in rows)
        for piece in csv_lines(fields, cells):
            count, size = count + piece.count(b"\r\n"), size + len(piece)
        passed = time.perf_counter() - began
        yield f"| {name} | {count - 1:,} | {size / 1e6:.1f} | {passed:.1f} | {count / passed:,.0f} |"


def pages(account: int) -> Iterable[str]:
    """Ask for whole pages as the account's owner, and return a row of the third table for each."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(pk=account))
    for path in (
        *("/dashboard/orders", "/dashboard/orders?status=failed", "/dashboard/orders?link=https://example.com/p/777"),
        *("/dashboard/orders?service=3", f"/dashboard/orders?since={day(3).date()}&until={day(3).date()}"),
        *("/dashboard/wallet", "/dashboard", "/dashboard/services", "/services", "/services?q=likes+fast"),
    ):
        yield f"{path:<60}{asked(client, path)}"


def make_alice() -> int:
    """Make the account and where its services are bought; return its id."""
    import accounts.operations
    from accounts.models import Tier
    from providers.operations import add_provider

    Tier.objects.get_or_create(name="Standard", defaults={"deposits_from": 0, "requests_per_minute": 200})
    alice = accounts.operations.create_reseller(email="alice@example.com", password=None)
    write_catalogue(add_provider(name="Bench", url="http://127.0.0.1:9/api/v2", key="its-key").pk)
    return int(alice.pk)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time what the reseller's pages read")
    parser.add_argument("--full", action="store_true", help="1,000,000 orders instead of 20,000")
    full = parser.parse_known_args()[0].full
    orders, times = (1_000_000, 200) if full else (20_000, 40)
    with panel():
        account = make_alice()
        write_orders(account, orders)
        print(f"### What the pages read, with 10,000 services and {orders:,} orders of one account\n")
        print(HEADER)
        groups = (of_services(), of_orders(account), of_money(account), of_a_new_order(account))
        with patch("kit.clock.timestamp", day(DAYS).timestamp):
            for name, read in (pair for group in groups for pair in group.items()):
                print(measured(name, read, times), flush=True)
        print("\n| exported | rows | MB | seconds | rows a second |\n|---|---|---|---|---|")
        for row in exported(account):
            print(row, flush=True)
        print(f"\n{'a whole page':<60}{HEAD}")
        for row in pages(account):
            print(row, flush=True)


if __name__ == "__main__":
    main()
