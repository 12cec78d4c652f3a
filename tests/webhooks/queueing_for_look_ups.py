"""Names whose servers do not answer hold look-ups: who waits behind them has not failed."""

import gc
import threading
from typing import Any

import pytest

from tests.waiting import wait_until
from tests.webhooks.attempts import message
from webhooks import connecting
from webhooks.outcomes import NotAnswered, NotBegun
from webhooks.sender import Sender

pytestmark = pytest.mark.usefixtures("locally")


def test_who_waits_behind_slow_names_has_not_failed(settings, caplog):
    settings.WEBHOOK_TIMEOUT = 0.5
    over, asked, ended = threading.Event(), [], []

    def slow(name):
        asked.append(name)
        over.wait()
        ended.append(name)
        raise OSError("late")

    try:
        with Sender(look_up=slow) as sender:
            sender.send([message(f"http://slow{each}.example/") for each in range(connecting.LOOK_UPS)])
            wait_until(lambda: len(asked) == connecting.LOOK_UPS, "all threads are taken")
            sender.send([message("http://good.example/", endpoint=99)])
            found: dict[str, Any] = {}
            wait_until(
                lambda: (
                    found.update((each.message.url, each.outcome) for each in sender.outcomes(1))
                    or len(found) > connecting.LOOK_UPS
                ),
                "all have an outcome",
            )
            assert found.pop("http://good.example/") == NotBegun()
            assert set(found.values()) == {NotAnswered("no answer within 0.5 s")}
            over.set()
            wait_until(lambda: len(ended) == len(asked), "the look-ups have ended")
            sender.send([message("http://last.example/")])  # what comes after them in the loop
            wait_until(lambda: sender.outcomes(1), "the loop has heard of them")
            gc.collect()
    finally:
        over.set()
    assert "never retrieved" not in caplog.text
