"""Whether the panel is alive, and whether it is ready: for load balancers, supervisors and `doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from accounts.models import Tier
from kit import clock
from kit.redis import CacheDown, cache
from webhooks.delivery_queries import waiting_too_long

HEARTBEAT = "heartbeat:worker"
OLDEST_HEARTBEAT = 6  # in SWEEP_INTERVALs


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the panel: what is wrong with it, or None, and what to do about it; `note` is only to be known."""

    name: str
    problem: str | None = None
    remedy: str = ""
    note: str = ""


def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 for as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part that an order needs is there, else 503 with what is missing."""
    parts = [check() for check in CHECKS]
    wrong = {part.name: part.problem for part in parts if part.problem}
    state = {part.name: part.problem or "ok" for part in parts}
    return JsonResponse({"status": "not ready" if wrong else "ready", **state}, status=503 if wrong else 200)


def database() -> Part:
    """Ask PostgreSQL, and whether its tables are this version's."""
    name = "database"
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        connection.close()
        return Part(name, _first_line(error), "check DATABASE_URL and that PostgreSQL runs")
    if missing:
        return Part(name, f"{len(missing)} migrations are not applied", "run: manage.py migrate")
    return Part(name)


def first_data() -> Part:
    """Ask for the rows that a panel cannot be without."""
    name = "first_data"
    try:
        has_tiers = Tier.objects.exists()
    except DatabaseError:
        connection.close()
        return Part(name, "cannot be read", "see database")
    return Part(name) if has_tiers else Part(name, "there is no tier", "add one in the admin, from 0 USD")


def cache_redis() -> Part:
    """Ask the cache's Redis."""
    breaker = cache()
    try:
        breaker.call(breaker.client.ping)
    except CacheDown as error:
        return Part("cache", _first_line(error), "check REDIS_URL and that Redis runs; the API goes on without it")
    return Part("cache")


def broker_redis() -> Part:
    """Ask the broker."""
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return Part("broker", _first_line(error), "check BROKER_URL and that Redis runs; orders wait meanwhile")
    return Part("broker")


def worker() -> Part:
    """Ask when the worker last ran a task: a process can live and be stalled."""
    name, limit = "worker", settings.SWEEP_INTERVAL * OLDEST_HEARTBEAT
    breaker = cache()
    try:
        last = breaker.call(lambda: breaker.client.get(HEARTBEAT))
    except CacheDown:
        return Part(name, "its heartbeat cannot be read", "see cache")
    age = None if last is None else clock.timestamp() - float(last)
    if age is None or age > limit:
        seen = "never" if age is None else f"{age:.0f} s ago"
        return Part(name, f"its last heartbeat was {seen}", "check that the Celery worker and beat run")
    return Part(name)


def webhooks() -> Part:
    """Ask whether deliveries are due that nobody sends."""
    name = "webhook deliveries"
    try:
        waiting = waiting_too_long()
    except DatabaseError:
        connection.close()
        return Part(name, "they cannot be read", "see database")
    if not waiting.count:
        return Part(name)
    which = "1 delivery is" if waiting.count == 1 else f"{waiting.count} deliveries are"
    return Part(
        name,
        f"{which} due and not being sent, the oldest since {waiting.since:%Y-%m-%d %H:%M} UTC",
        "see that the Celery worker and beat run, and the worker's log; in the admin: Deliveries, state due",
    )


def beat() -> None:
    """Write the worker's heartbeat."""
    breaker = cache()
    breaker.call(lambda: breaker.client.set(HEARTBEAT, clock.timestamp(), ex=3600))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


CHECKS: tuple[Callable[[], Part], ...] = (database, first_data, cache_redis, broker_redis, worker)
# What the page for everybody tells of each part; webhooks that wait keep no panel from being ready.
PUBLIC: dict[str, tuple[Callable[[], Part], ...]] = {
    "database": (database, first_data),
    "orders": (worker,),
    "webhooks": (webhooks,),
    "broker": (broker_redis,),
    "cache": (cache_redis,),
}
