"""Names that nobody answers for hold a few threads of the door, not all of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.waiting import wait_until
from tests.webhooks.attempts import after
from webhooks import urls


def test_beyond_a_few_look_ups_the_next_is_refused_at_once():
    over, begun = threading.Event(), []

    def slow(name):
        begun.append(name)
        return after(over, lambda _: ["8.8.8.8"])(name)

    with ThreadPoolExecutor(urls.WAITING) as callers:
        waiting = [callers.submit(urls.resolve_now, f"https://n{each}.example", slow) for each in range(urls.WAITING)]
        wait_until(lambda: len(begun) == urls.WAITING, "the first are being looked up")
        with pytest.raises(urls.TooManyLookUps, match="too many"):
            urls.resolve_now("https://one.more.example", lambda _: ["8.8.8.8"])
        over.set()
        assert [each.result(60) for each in waiting] == [None] * urls.WAITING
    urls.resolve_now("https://one.more.example", lambda _: ["8.8.8.8"])
