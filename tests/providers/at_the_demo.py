"""Buying from a demo provider by our own client."""

import time
from collections.abc import Callable

from providers.client import Client
from providers.demo.running import DemoProvider
from providers.outcomes import Outcome

LINK = "https://example.com/a"
HASTY = 0.3


def client(demo: DemoProvider, timeout: float = 10) -> Client:
    return Client(demo.url, demo.key, timeout)


def buy(demo: DemoProvider, service: int = 1, quantity: int = 100, timeout: float = 10) -> Outcome:
    return client(demo, timeout).add(service=service, link=LINK, quantity=quantity)


def until(true: Callable[[], bool]) -> None:
    """Wait until this is true, ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not come about in 10 s"
        time.sleep(0.01)
