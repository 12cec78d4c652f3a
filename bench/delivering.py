"""Deliveries a second: webhooks.dispatch, a bare asynchronous client, and a Celery task for each delivery.

The same bodies go to the same receivers. Rounds of the ways follow one another in turn; the figures are medians.
"""

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp

from bench import outbox
from bench.sink import Sinks
from bench.worker import Worker, worker

NOW, SLOW = "now", "slow"
MANNERS = {NOW: "at once", SLOW: "after 100 ms"}
LOOK = 0.02  # seconds between two looks whether the tasks have done it
PATIENCE = 120.0  # seconds
HEADER = (
    "| receivers answer | endpoints | how | in a round | deliveries/s | to bare | CPU µs each | to bare |\n"
    "|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Size:
    """How many rounds there are, and how much one sends: to many endpoints, to one alone, and by a task each."""

    rounds: int
    many: int
    alone: int
    by_tasks: int


SMALL, FULL = Size(3, 3000, 1000, 200), Size(5, 20_000, 5000, 500)


@dataclass(frozen=True)
class Way:
    """A way to send `count`: what is not timed, and what is, until all are there and recorded."""

    name: str
    count: int
    prepare: Callable[[int], None]
    send: Callable[[int], None]
    cpu: Callable[[], float] = time.process_time


@dataclass
class Taken:
    """What the rounds of one way came to: deliveries a second, and microseconds of CPU each."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure(receivers: Sinks, *, full: bool) -> None:
    """Print the table."""
    size = FULL if full else SMALL
    # At 10 under way, one endpoint that takes 100 ms takes 100 a second, whatever sends them: fewer will do.
    situations = [(NOW, 50, size.many), (SLOW, 50, size.many), (NOW, 1, size.alone), (SLOW, 1, size.by_tasks)]
    print(f"### Webhook deliveries (one CPU)\n\n{HEADER}")
    with worker("bench.one_task_each") as tasks:
        for manner, endpoints, count in situations:
            urls = [receivers.url(number, manner) for number in range(1, endpoints + 1)]
            ways = _ways(tasks, urls, count, size.by_tasks)
            for line in _lines(f"| {MANNERS[manner]} | {endpoints}", _rounds(ways, receivers, size.rounds)):
                print(line, flush=True)
    print()


def _ways(tasks: Worker, urls: list[str], count: int, by_tasks: int) -> list[Way]:
    from django.conf import settings

    at_once = min(settings.WEBHOOK_UNDER_WAY, settings.WEBHOOK_PER_ENDPOINT * len(urls))
    endpoints = outbox.make_endpoints(urls)

    def due(number: int) -> None:
        outbox.empty()
        outbox.fill(endpoints, number)

    return [
        Way(
            "bare aiohttp: nothing claimed, signed or recorded",
            count,
            lambda _: None,
            lambda number: asyncio.run(_post_bare(urls, number, at_once)),
        ),
        Way("webhooks.dispatch", count, due, lambda _: _dispatch()),
        Way(
            "a Celery task each, with requests",
            by_tasks,
            due,
            lambda _: _send_tasks(),
            lambda: time.process_time() + tasks.cpu_seconds(),
        ),
    ]


async def _post_bare(urls: Sequence[str], count: int, at_once: int) -> None:
    body, headers = outbox.BODY.encode(), {"content-type": "application/json"}
    to_do: Iterator[int] = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post() -> None:
            for number in to_do:
                async with session.post(urls[number % len(urls)], data=body, headers=headers) as answer:
                    await answer.read()

        await asyncio.gather(*(post() for _ in range(at_once)))


def _dispatch() -> None:
    from webhooks.dispatching import dispatch

    while left := outbox.waiting():
        assert dispatch(), f"{left} are due and nothing is sent"


def _send_tasks() -> None:
    from bench.one_task_each import post_one
    from webhooks.models import Delivery

    for delivery_id in Delivery.objects.filter(state="due").values_list("id", flat=True):
        post_one.delay(delivery_id)
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while left := outbox.waiting():
        assert time.monotonic() < deadline, f"the tasks have left {left} after {PATIENCE} s"
        pause.wait(LOOK)


def _rounds(ways: Sequence[Way], receivers: Sinks, rounds: int) -> list[tuple[Way, Taken]]:
    taken = [(way, Taken()) for way in ways]
    for number in range(rounds + 1):
        for way, figures in taken:
            rate, cpu = _round(way, receivers, way.count if number else min(way.count, 100))
            if number:  # the one before the first is for connections and caches
                figures.rates.append(rate)
                figures.cpu.append(cpu)
    return taken


def _round(way: Way, receivers: Sinks, count: int) -> tuple[float, float]:
    way.prepare(count)
    receivers.came()
    began, began_cpu = time.perf_counter(), way.cpu()
    way.send(count)
    passed, cpu = time.perf_counter() - began, way.cpu() - began_cpu
    came = len(receivers.came())
    assert came == count, f"{way.name}: {came} of {count} came"
    return count / passed, cpu / count * 1e6


def _lines(begin: str, taken: Sequence[tuple[Way, Taken]]) -> Iterator[str]:
    bare = taken[0][1]
    for way, figures in taken:
        rate, cpu = statistics.median(figures.rates), statistics.median(figures.cpu)
        yield (
            f"{begin} | {way.name} | {way.count:,} | {rate:,.0f} | {rate / statistics.median(bare.rates):.2f} "
            f"| {cpu:,.0f} | {cpu / statistics.median(bare.cpu):.2f} |"
        )
