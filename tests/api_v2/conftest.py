"""What the tests of the door share: what there is before and after, a clock that stands still, callers at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

import kit.redis
from orders.queries import broken_orders
from tests.conftest import Answer, Person
from tests.webhooks.conftest import locally as locally  # a fixture, for the webhook.* actions
from wallets.models import Entry
from wallets.queries import broken_wallets

LINK = "https://example.com/a"
RESET = "1800000061"  # the held clock's 1800000000.25 and a minute, rounded up
NOBODY_THERE = "unix:///nonexistent/notpanel/cache.sock"


# Each as PostgreSQL writes it: a thousand tests ask twice, and models made of the rows would cost them a minute.
EVERYTHING = {
    "orders": "array_agg(r::text ORDER BY id) FROM orders_order r",
    "purchases": "count(*) FROM orders_purchase",
    "requests": "count(*) FROM orders_request",
    "entries": "count(*) FROM wallets_entry",
    "events": "count(*) FROM events_event",
    "wallets": "array_agg((account_id, balance, version)::text ORDER BY account_id) FROM wallets_wallet",
    "webhooks": "array_agg(r::text ORDER BY id) FROM webhooks_endpoint r",
    "deliveries": "count(*) FROM webhooks_delivery",
}


def everything() -> dict[str, Any]:
    """All that a request could change in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT {each})" for each in EVERYTHING.values()))
        return dict(zip(EVERYTHING, cursor.fetchone(), strict=True))


def books_agree() -> bool:
    """Whether every wallet and every order is borne out by the entries."""
    return not list(broken_wallets()) and not list(broken_orders())


def charges(person: Person) -> list[Decimal]:
    """What was taken from the person's wallet for orders."""
    return list(Entry.objects.filter(wallet_id=person.id, counter="sales").values_list("amount", flat=True))


def documented(answer: Answer) -> bool:
    """Whether the answer is one the protocol knows: an error alone with its status, or a success without one."""
    body = answer.json
    if answer.headers["Content-Type"] != "application/json" or answer.headers["Content-Length"] != str(
        len(answer.body)
    ):
        return False
    if answer.status == 200:
        return isinstance(body, list) or (isinstance(body, dict) and "error" not in body)
    return (
        answer.status in {400, 403, 404, 413, 429}
        and isinstance(body, dict)
        and list(body) == ["error"]
        and isinstance(body["error"], str)
    )


@dataclass
class HeldClock:
    """Time that moves when it is told to. It begins a quarter of a second after a whole one."""

    seconds: float = 1_800_000_000.25

    def forward(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    """Hold the one clock there is (kit/clock.py)."""
    clock = HeldClock()
    monkeypatch.setattr("kit.clock.timestamp", lambda: clock.seconds)
    return clock


@pytest.fixture(scope="session")
def dead_redis() -> kit.redis.Breaker:
    """A way to a Redis that is not there. One for all tests: it knocks for as long as the process lives."""
    return kit.redis.Breaker(NOBODY_THERE)


@pytest.fixture(params=["redis", "memory"])
def counting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the test twice: with the counters in Redis, and with Redis gone, in the process's memory."""
    if request.param == "memory":
        monkeypatch.setattr(kit.redis, "_breaker", request.getfixturevalue("dead_redis"))
    return str(request.param)


Together = Callable[..., list[Any]]


@pytest.fixture
def together() -> Together:
    """Call something from several threads that set off at one moment: `together(8, call)` gives call(0) … call(7)."""

    def run(threads: int, call: Callable[[int], Any]) -> list[Any]:
        barrier = threading.Barrier(threads)

        def one(number: int) -> Any:
            try:
                barrier.wait(timeout=30)
                return call(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(one, range(threads)))

    return run


@pytest.fixture
def add(post: Callable[..., Answer], service: Any) -> Callable[..., Answer]:
    """Order 1000 of the service, for 0.90."""

    def send(person: Person, request_id: str = "r-1", **changes: Any) -> Answer:
        form = {"service": service.pk, "link": LINK, "quantity": 1000, "request_id": request_id} | changes
        return post(key=person.key, action="add", **form)

    return send


HOOK = "http://127.0.0.1:9999/hooks"


@pytest.fixture
def hook(post: Callable[..., Answer], locally: None) -> Callable[..., Answer]:
    """Add a webhook on this machine: `hook(alice, events="order.completed")`."""

    def send(person: Person, **changes: Any) -> Answer:
        return post(key=person.key, action="webhook.add", **({"url": HOOK} | changes))

    return send


def limit_headers(answer: Answer) -> dict[str, str]:
    """The headers of the rate limits alone."""
    return {
        name: value for name, value in answer.headers.items() if name.startswith("X-RateLimit") or name == "Retry-After"
    }


@pytest.fixture(autouse=True)
def _the_tests_own_transaction(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the connection open where the test's transaction is on it, as Django's own test client does."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        monkeypatch.setattr("api_v2.door.close_old_connections", lambda: None)


@pytest.fixture
def ask(post: Callable[..., Answer]) -> Callable[..., Answer]:
    """Ask for an order there is not: one unit of every layer, and no more work than that."""

    def send(key: str, address: str = "203.0.113.1", **environ: Any) -> Answer:
        environ = {"REMOTE_ADDR": address} | environ
        return post(key=key, action="status", order="1", environ=environ)

    return send


@pytest.fixture
def left_of_ip(post: Callable[..., Answer]) -> Callable[..., int]:
    """How much was left of the address before this, which costs one more: an unknown key shows the address's only."""

    def read(address: str = "203.0.113.1") -> int:
        headers = post(action="status", environ={"REMOTE_ADDR": address}).headers
        return int(headers["X-RateLimit-Remaining"]) + 1

    return read


def told(
    limit: int, remaining: int, tier: int | None = None, denied: str | None = None, reset: str = RESET
) -> dict[str, str]:
    """The headers as they must be, all of them."""
    headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}
    if tier is not None:
        headers["X-RateLimit-Tier-Remaining"] = str(tier)
    if denied:
        headers |= {"X-RateLimit-DeniedBy": denied, "Retry-After": "61"}
    return headers
