"""What endpoints that hang on every call cost the others: a steady stream, beside such endpoints and without them.

Everything is as the panel has it: events are written in transactions of their own, a bell rings for each, a real
worker delivers. The delay is from the row to the receiver having the whole post.
"""

import statistics
import threading
import time
from collections.abc import Sequence

from bench import outbox
from bench.sink import Came, Sinks
from bench.worker import ticking, worker

OTHERS = 20
EACH = 2  # events a second for each endpoint, for those that hang too
PATIENCE = 60.0  # seconds
LOOK = 0.05  # seconds between two looks whether all have arrived
HEADER = (
    "| endpoints that hang | attempts that hung | others | their events | median delay, ms | p99, ms | longest, ms |\n"
    "|---|---|---|---|---|---|---|"
)


def measure(receivers: Sinks, *, full: bool) -> None:
    """Print the table."""
    seconds, rounds, situations = (40, 2, (0, 1, 20, 60)) if full else (15, 1, (0, 1, 20))
    print(f"### A steady stream beside endpoints that hang on every call, {seconds} s each\n\n{HEADER}")
    with ticking():
        for hanging in situations * rounds:
            print(_situation(receivers, hanging, seconds), flush=True)
    print()


def _situation(receivers: Sinks, hanging: int, seconds: int) -> str:
    others = outbox.make_endpoints([receivers.url(number, "now") for number in range(1, OTHERS + 1)])
    hang = outbox.make_endpoints([receivers.url(100 + number, "hang") for number in range(hanging)])
    with worker("notpanel"):
        _arrived(receivers, _stream(others, 1))  # it works, and is warm
        told = _stream(others + hang, seconds)
        came = _arrived(receivers, {event_id: told[event_id] for event_id in told if told[event_id][0] in others})
    outbox.empty()
    outbox.remove_endpoints()
    delays = sorted((each.at - told[each.event_id][1]) * 1000 for each in came if each.path.startswith("/now"))
    hung = sum(each.path.startswith("/hang") for each in came)
    p99 = delays[len(delays) * 99 // 100]
    return (
        f"| {hanging} | {hung} | {OTHERS} | {len(delays):,} | {statistics.median(delays):.0f} | {p99:.0f} "
        f"| {delays[-1]:.0f} |"
    )


Stream = dict[str, tuple[int, float]]  # by webhook-id: the endpoint, and when it was written


def _stream(endpoints: Sequence[int], seconds: int) -> Stream:
    """Write events for all of them in turn, at a steady pace."""
    count = seconds * EACH * len(endpoints)
    told, pause, began = {}, threading.Event(), time.monotonic()
    for number in range(count):
        pause.wait(max(0.0, began + number * seconds / count - time.monotonic()))
        endpoint_id = endpoints[number % len(endpoints)]
        event_id, at = outbox.tell(endpoint_id)
        told[event_id] = (endpoint_id, at)
    return told


def _arrived(receivers: Sinks, wanted: Stream) -> list[Came]:
    """Return all that came, once everything that is wanted is among it."""
    came: list[Came] = []
    missing, deadline, pause = set(wanted), time.monotonic() + PATIENCE, threading.Event()
    while missing:
        assert time.monotonic() < deadline, f"{len(missing)} of {len(wanted)} have not arrived after {PATIENCE} s"
        pause.wait(LOOK)
        news = receivers.came()
        missing -= {each.event_id for each in news}
        came += news
    return came
