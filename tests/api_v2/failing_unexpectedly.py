"""What nobody foresaw: a 500 that says nothing of the inside, and a log that says everything but the keys."""

import importlib
import logging

import pytest

from api_v2.actions import ACTIONS
from api_v2.actions.balance import Balance
from notpanel.logs import Scrub
from tests.api_v2.conftest import everything

pytestmark = pytest.mark.django_db

BROKEN = (500, b'{"error":"Internal server error"}')


class Surprise(Exception):
    """Nothing that any action declares."""


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture):
    """The log as the panel writes it: through the scrubbing filter of its settings."""
    importlib.import_module("notpanel.wsgi")  # sets logging up, which would take this handler away
    caplog.handler.addFilter(Scrub())
    caplog.set_level(logging.INFO)
    return caplog


def break_down(monkeypatch, action: str, error: Exception) -> None:
    def run(self, caller, params):
        raise error

    monkeypatch.setattr(type(ACTIONS[action]), "run", run)


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unforeseen_failure_is_a_500_with_nothing_of_the_inside(post, alice, service, monkeypatch, log, action):
    break_down(monkeypatch, action, Surprise("secret of the house"))
    before = everything()
    known = {"service": service.pk, "request_id": "1", "order": "1", "url": "https://example.com/", "webhook": "whk_1"}
    answer = post(key=alice.key, action=action, **known)
    assert (answer.status, answer.body) == BROKEN
    assert answer.headers["Content-Type"] == "application/json"
    assert "X-RateLimit-Limit" in answer.headers
    assert everything() == before
    assert "Surprise: secret of the house" in log.text


def test_the_log_has_the_trace_and_not_the_key(post, alice, monkeypatch, log):
    break_down(monkeypatch, "balance", Surprise(f"something with {alice.key} and whsec_c2VjcmV0c2VjcmV0"))
    assert post(key=alice.key, action="balance").status == 500
    assert "Traceback (most recent call last)" in log.text
    assert "something with np_live_… and whsec_…" in log.text
    assert alice.key[8:] not in log.text
    assert "c2VjcmV0" not in log.text


def test_a_declared_error_that_another_action_raises_is_answered_as_declared(post, alice, monkeypatch):
    from orders.operations import ServiceNotFound

    break_down(monkeypatch, "balance", ServiceNotFound())
    answer = post(key=alice.key, action="balance")
    assert (answer.status, answer.json) == (400, {"error": "Service not found"})


@pytest.mark.parametrize("result", [object(), {"a": {1, 2}}, None, "\ud800"])
def test_a_result_that_cannot_be_written_is_a_500_too(post, alice, monkeypatch, log, result):
    monkeypatch.setattr(Balance, "run", lambda self, caller, params: result)
    answer = post(key=alice.key, action="balance")
    assert (answer.status, answer.body) == BROKEN
    assert "TypeError" in log.text


@pytest.mark.parametrize(
    "error", [KeyError("key"), RecursionError(), MemoryError(), UnicodeDecodeError("a", b"", 0, 1, "b")]
)
def test_no_failure_of_the_language_gets_through(post, alice, monkeypatch, error):
    break_down(monkeypatch, "balance", error)
    answer = post(key=alice.key, action="balance")
    assert (answer.status, answer.body) == BROKEN


def test_a_body_that_cannot_be_read_to_its_end_is_a_clear_refusal(post, alice):
    class Broken:
        def read(self, size: int) -> bytes:
            raise OSError("connection reset")

    answer = post(key=alice.key, action="balance", environ={"wsgi.input": Broken()})
    assert (answer.status, answer.json) == (400, {"error": "Malformed request body"})


def test_the_next_request_is_as_good_as_new(post, alice, monkeypatch):
    with monkeypatch.context() as patch:
        break_down(patch, "balance", Surprise())
        assert post(key=alice.key, action="balance").status == 500
    assert post(key=alice.key, action="balance").status == 200
