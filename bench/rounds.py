"""Comparing ways to do one thing: interleaved rounds, medians, and ratios to the first way."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis.connection

Way = Callable[[], object]
ROUNDS = 9
CALLS = 300  # in a round


@dataclass(frozen=True, slots=True)
class Result:
    """Medians over the rounds, of one call: microseconds that passed, of those on our CPU, and round trips to Redis."""

    name: str
    passed: float
    cpu: float
    trips: int


def compare(ways: Mapping[str, Way]) -> list[Result]:
    """Run the ways in turns and return what each came to."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for way in ways.values():
        for _ in range(20):
            way()  # connections, caches, scripts
    for _ in range(ROUNDS):
        for name, way in ways.items():
            times[name].append(_time(way))
    return [
        Result(
            name,
            statistics.median(passed for passed, _ in taken),
            statistics.median(cpu for _, cpu in taken),
            _round_trips(ways[name]),
        )
        for name, taken in times.items()
    ]


def _time(way: Way) -> tuple[float, float]:
    began, began_cpu = time.perf_counter(), time.thread_time()
    for _ in range(CALLS):
        way()
    passed, cpu = time.perf_counter() - began, time.thread_time() - began_cpu
    return passed / CALLS * 1e6, cpu / CALLS * 1e6


def _round_trips(way: Way) -> int:
    """Return how often one call sends something to Redis; commands sent together are one."""
    sent = 0
    send = redis.connection.AbstractConnection.send_packed_command

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal sent
        sent += 1
        return send(self, *args, **kwargs)  # type: ignore[no-untyped-call]

    redis.connection.AbstractConnection.send_packed_command = counted  # type: ignore[method-assign]
    try:
        way()
    finally:
        redis.connection.AbstractConnection.send_packed_command = send  # type: ignore[method-assign]
    return sent


def table(title: str, results: list[Result]) -> str:
    """Return the results as a table in Markdown, each beside the first."""
    first = results[0]
    lines = [
        f"### {title}\n",
        "| | time | CPU | µs | CPU µs | round trips to Redis |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {each.passed / first.passed:.2f} | {each.cpu / first.cpu:.2f} "
        f"| {each.passed:.0f} | {each.cpu:.0f} | {each.trips} |"
        for each in results
    ]
    return "\n".join(lines) + "\n"
