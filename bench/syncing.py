"""`python -m bench.syncing [ROWS]`: a sync against a provider that lists 10,000 services, over HTTP.

For each kind of difference: the time, the statements, and for the least and the most of them what Python held at once
at the most (in another run of the same that writes nothing: measuring memory takes time).
"""

import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bench.listing import listing, put
from bench.panel import panel

ROWS = 10_000
SOME = 10  # one in ten is different
TRACED = ("the same list", "all +60 %, below the floor")
COLUMNS = ("", "seconds", "statements", "peak MB", "applied", "proposed", "held back", "off", "on")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one round took, and what came of it."""

    name: str
    seconds: float
    statements: int
    peak: float
    counts: dict[str, int]
    refused: str = ""


def main() -> None:
    """Measure each and print a table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with panel(), listing() as url:
        provider = _provider(url)
        put(url, _rows(rows))
        print(f"### A sync against {rows:,} services, in batches of 500\n")
        print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
        print(_line(_first_import(provider)))
        for name, listed in _lists(rows):
            put(url, listed)
            measured = _measure(name, provider, memory=name in TRACED)
            print(_line(measured))
            put(url, _rows(rows))
            if any(measured.counts.values()):
                _round(provider)  # as it was
        print(
            f"\nThe most memory the process held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB."
        )


def _provider(url: str) -> Any:
    from providers.operations import add_provider

    return add_provider(name="Bench", url=url, key="its-key")


def _rows(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [_row(number) | changes for number in range(1, count + 1)]


def _row(number: int) -> dict[str, Any]:
    return {
        "service": number,
        "name": f"Followers, number {number}, 30 days of refill, up to 10K a day",
        "type": "Default",
        "category": f"Heading {number % 200}",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": True,
        "cancel": False,
        "dripfeed": True,
        "average_time": 60,
    }


def _lists(count: int) -> Iterator[tuple[str, list[dict[str, Any]] | str]]:
    rows = _rows(count)
    yield "the same list", rows
    yield "one in ten renamed", [_some(row, name=f"{row['name']}, faster") for row in rows]
    yield "one in ten gone", [row for row in rows if row["service"] % SOME]
    yield "one in ten more, new", [*rows, *(_row(count + number) for number in range(1, count // SOME + 1))]
    yield "one in ten with another min", [_some(row, min="10") for row in rows]
    yield "one in ten +15 %", [_some(row, rate="1.035") for row in rows]
    yield "all +15 %", _rows(count, rate="1.035")
    yield "one in ten +40 %", [_some(row, rate="1.26") for row in rows]
    yield "one in ten +60 %, below the floor", [_some(row, rate="1.44") for row in rows]
    yield "all +60 %, below the floor", _rows(count, rate="1.44")
    yield "an empty list", []
    yield "a broken list", "<html>maintenance</html>"
    yield "less than half of it", rows[: count // 2 - 1]


def _some(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return row if row["service"] % SOME else row | changes


def _first_import(provider: Any) -> Measured:
    from catalog.operations import import_services

    with _counting() as statements:
        began = time.perf_counter()
        imported = import_services(provider=provider, markup=Decimal(50))
        seconds = time.perf_counter() - began
    return Measured(f"the first import ({imported.created:,} created)", seconds, statements(), 0, {})


def _round(provider: Any, *, dry: bool = False) -> dict[str, int]:
    from catalog.operations.syncing import sync_services

    return sync_services(provider=provider, dry=dry).counts()


def _measure(name: str, provider: Any, *, memory: bool) -> Measured:
    peak = _peak(provider) if memory else 0
    with _counting() as statements:
        began = time.perf_counter()
        counts, refused = _quietly(lambda: _round(provider))
        seconds = time.perf_counter() - began
    return Measured(name, seconds, statements(), peak, counts, refused)


def _peak(provider: Any) -> float:
    """Return the most megabytes that Python held in a round that writes nothing."""
    tracemalloc.start()
    _round(provider, dry=True)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def _quietly(run: Callable[[], dict[str, int]]) -> tuple[dict[str, int], str]:
    from catalog.operations.syncing import SyncRefused

    try:
        return run(), ""
    except SyncRefused as error:
        return {}, str(error)


@contextmanager
def _counting() -> Iterator[Callable[[], int]]:
    """Count the statements that Django's connection is given in the block."""
    from django.db import connection

    seen = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal seen
        seen += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        yield lambda: seen


def _line(measured: Measured) -> str:
    peak = f"{measured.peak:.0f}" if measured.peak else ""
    cells = [measured.name, f"{measured.seconds:.2f}", str(measured.statements), peak]
    kinds = ("applied", "proposed", "quarantined", "switched_off", "switched_on")
    cells += [str(measured.counts.get(kind, "")) for kind in kinds]
    return f"| {' | '.join(cells)} |" + (f" {measured.refused}" if measured.refused else "")


if __name__ == "__main__":
    main()
