"""Buying from a demo provider by our own client."""

import time
from collections.abc import Callable

from providers.client import Client
from providers.demo.catalogue import OFFERS
from providers.demo.running import DemoProvider
from providers.following import StatusNews
from providers.outcomes import Outcome

LINK = "https://example.com/a"
# What an order of each type takes beside service and link.
OF_TYPE: dict[str, dict[str, str]] = {
    "Default": {"quantity": "100"},
    "Package": {},
    "Custom Comments": {"comments": "great\r\n\r\nnice one\n"},
    "Custom Comments Package": {"comments": "great\nnice one"},
    "Mentions": {"quantity": "100", "usernames": "alice\nbob"},
    "Mentions with Hashtags": {"quantity": "100", "usernames": "alice\nbob", "hashtags": "#sun\n#sea"},
    "Mentions Custom List": {"usernames": "alice\nbob"},
    "Mentions Hashtag": {"quantity": "100", "hashtag": "sun"},
    "Mentions User Followers": {"quantity": "100", "username": "alice"},
    "Mentions Media Likers": {"quantity": "100", "media": "https://example.com/media"},
    "Comment Likes": {"quantity": "100", "username": "alice"},
    "Comment Replies": {"username": "alice", "comments": "yes\nno"},
    "Poll": {"quantity": "100", "answer_number": "2"},
    "Invites from Groups": {"quantity": "100", "groups": "one\ntwo"},
    "SEO": {"quantity": "100", "keywords": "sun\nsea"},
    "Web Traffic": {"quantity": "100", "country": "US", "device": "1", "type_of_traffic": "3"},
    "Subscriptions": {"username": "alice", "min": "50", "max": "90", "delay": "0", "posts": "3"},
}
HASTY = 0.3


def client(demo: DemoProvider, timeout: float = 10) -> Client:
    return Client(demo.url, demo.key, timeout)


def buy(demo: DemoProvider, service: int = 1, quantity: int = 100, timeout: float = 10) -> Outcome:
    return client(demo, timeout).add(service=service, link=LINK, quantity=quantity)


def order(demo: DemoProvider, service: int, **change: str | None) -> Outcome:
    """Order a service with what its type takes, but for these changes; None leaves a parameter out."""
    kind = OFFERS[service].type
    usual = OF_TYPE[kind] if kind == "Subscriptions" else {"link": LINK, **OF_TYPE[kind]}
    params = {name: value for name, value in {**usual, **change}.items() if value is not None}
    return client(demo).add(service=service, **params)


def status_of(demo: DemoProvider, number: str) -> StatusNews:
    """Return what it says of an order it knows."""
    news = client(demo).status(number)
    assert isinstance(news, StatusNews)
    return news


def ended(demo: DemoProvider, number: str = "1") -> StatusNews:
    """Wait until an order has ended, and return what is said of it."""
    until(lambda: status_of(demo, number).status in {"completed", "partial", "canceled"})
    return status_of(demo, number)


def until(true: Callable[[], bool]) -> None:
    """Wait until this is true, ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it did not come about in 10 s"
        time.sleep(0.01)
