"""Following many orders under way at one provider, at a pace of N calls a second: is each looked at in time?

By itself it is a small round that keeps the proportions. `--full` follows 50,000 orders at FOLLOW_INTERVAL 60, for
about eleven minutes: `.venv/bin/python -m bench.following --full`.
"""

import argparse
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs

from bench.panel import panel

PACES = (2, 10)
TIMES = 2.1  # how many times the promised time each pace is followed for
HEADER = (
    "| calls a second allowed | … made | orders | promised, s | p50 gap, s | longest gap, s | statements a batch "
    "| all statements a second | claim, ms (p50) | CPU a batch, ms |\n|---|---|---|---|---|---|---|---|---|---|"
)


class Panel(BaseHTTPRequestHandler):
    """A provider that knows every order, and of each says the same again and again."""

    protocol_version = "HTTP/1.1"
    said = ("In progress", "900", "5")

    def do_POST(self) -> None:
        """Answer a batch of statuses."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, remains, start_count = self.said
        one = {"status": status, "remains": remains, "start_count": start_count, "charge": "0.5", "currency": "USD"}
        body = json.dumps(dict.fromkeys(form["orders"][0].split(","), one)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""


def serve(tell: Connection) -> None:
    """Answer until the process is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Panel)
    tell.send(server.server_port)
    server.serve_forever()


@contextmanager
def provider() -> Iterator[str]:
    """Run the provider in a process of its own, so that its CPU is not counted as ours; yield its address."""
    hear, tell = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(tell,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{hear.recv()}/api/v2"
    finally:
        process.terminate()
        process.join()


@dataclass
class Seen:
    """What was seen while following."""

    looks: dict[int, list[float]] = field(default_factory=dict)
    calls: int = 0
    statements: int = 0
    in_batches: int = 0
    claims: list[float] = field(default_factory=list)

    def count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Count a statement."""
        self.statements += 1
        return execute(sql, params, many, context)


def follow(seconds: float) -> Seen:
    """Do what the worker and the clock do, for so long."""
    from django.conf import settings
    from django.db import connection

    from orders import tasks

    seen, pause = Seen(), threading.Event()
    until = time.monotonic() + seconds
    with connection.execute_wrapper(seen.count), watched(seen):
        while time.monotonic() < until:
            tick = time.monotonic() + min(settings.SWEEP_INTERVAL, settings.FOLLOW_INTERVAL)
            tasks.follow_due()
            pause.wait(max(0, min(tick, until) - time.monotonic()))
    return seen


@contextmanager
def watched(seen: Seen) -> Iterator[None]:
    """Note every batch that is claimed and recorded."""
    from dataclasses import replace

    from orders import pump, tasks
    from orders.operations import following

    pumped, nudge = tasks.FOLLOWING, vars(pump)["nudge"]

    def claim(busy: list[int]) -> following.Batch | None:
        before, began = seen.statements, time.perf_counter()
        batch = following.claim(busy)
        if batch is not None:
            now = time.monotonic()
            seen.claims.append(time.perf_counter() - began)
            seen.calls += 1
            seen.in_batches += seen.statements - before
            for each in batch.purchases:
                seen.looks.setdefault(each.id, []).append(now)
        return batch

    def record(batch: following.Batch, answers: Any) -> None:
        before = seen.statements
        following.record(batch, answers)
        seen.in_batches += seen.statements - before

    tasks.FOLLOWING = replace(pumped, claim=claim, record=record)
    vars(pump)["nudge"] = lambda task: None  # the loop above is the worker
    try:
        yield
    finally:
        tasks.FOLLOWING, vars(pump)["nudge"] = pumped, nudge


def write_orders(url: str, count: int) -> int:
    """Write a provider and so many free orders that it has; return the provider's id."""
    from decimal import Decimal

    from django.db import connection

    import accounts.operations
    from accounts.models import Tier
    from catalog.models import Category, Service, Source
    from providers.operations import add_provider

    Tier.objects.get_or_create(name="Standard", defaults={"deposits_from": 0, "requests_per_minute": 200})
    account = accounts.operations.create_reseller(email="alice@example.com", password=None)
    bought_at = add_provider(name="Bench", url=url, key="its-key")
    service = Service.objects.create(
        category=Category.objects.create(name="Likes"), name="Likes", rate=Decimal(0), min=1, max=10_000
    )
    source = Source.objects.create(service=service, provider=bought_at, remote_id="1", cost=Decimal(0))
    given = {
        "count": count,
        "account": account.pk,
        "service": service.pk,
        "provider": bought_at.pk,
        "source": source.pk,
    }
    with connection.cursor() as cursor:
        for statement in (ORDERS, PURCHASES, "ANALYZE"):
            cursor.execute(statement, given)
    return int(bought_at.pk)


ORDERS = """
INSERT INTO orders_order (public_id, account_id, service_id, type, status, link, params, quantity, runs, rate,
    price_steps, charge, refunded, start_count, remains, created_at)
SELECT gen_random_uuid(), %(account)s, %(service)s, 'Default', 'in_progress', 'https://example.com/p', '{}', 1000, 1, 0,
    '[]', 0, 0, 5, 900, now() FROM generate_series(1, %(count)s)
"""
PURCHASES = """
INSERT INTO orders_purchase (order_id, run, attempt, source_id, provider_id, quantity, state, reported, wanted_at,
    due_at, claimed_at, provider_order_id, currency, exchange_rate, sent, answer, start_count, remains, found_at,
    cancel_answer)
SELECT id, 1, 1, %(source)s, %(provider)s, 1000, 'placed', 'in_progress', now(), now(), now(), 'their-' || id, 'USD', 1,
    '{}', '', 5, 900, now(), '' FROM orders_order
"""


def measure(provider_id: int, pace: int, orders: int) -> str:
    """Follow at the pace and return a row of the table."""
    from django.conf import settings

    from kit import clock
    from orders.models import Purchase
    from providers.models import Provider

    Provider.objects.filter(pk=provider_id).update(calls_per_minute=pace * 60, next_call_at=None)
    Purchase.objects.update(due_at=clock.now())
    promised = max(settings.FOLLOW_INTERVAL, orders / (100 * pace))
    seconds = promised * TIMES
    began, cpu = time.monotonic(), time.process_time()
    seen = follow(seconds)
    cpu, passed = time.process_time() - cpu, time.monotonic() - began
    looks = [[began, *seen.looks.get(each, [])] for each in Purchase.objects.values_list("id", flat=True)]
    gaps = [later - earlier for every in looks for earlier, later in pairwise(every)]
    gaps += [began + passed - every[-1] for every in looks]  # and how long it has been since the last look
    between = [later - earlier for every in looks for earlier, later in pairwise(every[1:])]
    return (
        f"| {pace} | {seen.calls / passed:.2f} | {orders:,} | {promised:.0f} | {statistics.median(between):.1f} "
        f"| {max(gaps):.1f} | {seen.in_batches / seen.calls:.2f} | {seen.statements / passed:.1f} "
        f"| {statistics.median(seen.claims) * 1000:.1f} | {cpu / seen.calls * 1000:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Follow many orders at one provider, at its pace")
    parser.add_argument("--full", action="store_true", help="50,000 orders at FOLLOW_INTERVAL 60, for eleven minutes")
    full = parser.parse_known_args()[0].full
    orders, interval = (50_000, 60) if full else (4_000, 15)
    with provider() as url, panel():
        from django.conf import settings

        settings.FOLLOW_INTERVAL = interval
        settings.SWEEP_INTERVAL = 5 if full else 2
        settings.PROVIDER_TIMEOUT = 20 if full else 1
        provider_id = write_orders(url, orders)
        print("### Following orders of which nothing is new\n")
        print(HEADER)
        for pace in PACES:
            print(measure(provider_id, pace, orders), flush=True)


if __name__ == "__main__":
    main()
