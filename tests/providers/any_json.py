"""Whatever bytes a provider answers: an outcome or a typed error, and nothing in it that cannot be kept."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import answers, cancelling, following, offers, refilling
from providers.client import Client
from providers.outcomes import CallFailed, NotSent, Placed, ProviderFault, Refused, Unknown
from providers.placing import outcome
from providers.transport import Answer
from tests.providers.scripted import ScriptedPanel, answering

NAMES = ["order", "error", "errors", "status", "success", "message", "charge", "remains", "start_count"]
NAMES += ["cancel", "refill", "refill_id", "posts", "orders", "expiry", "id"]
NAMES += ["balance", "currency", "service", "name", "type", "rate", "min", "max", "average_time", "1", "2"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        [
            "Completed",
            "Incorrect order ID",
            "Missing parameter: order",
            "Refill not found",
            "31/12/2030",
            "1,2",
            "ok",
            "1e999999999",
            "1e11",
            "-0",
            "\ud800",
            "a\x00b",
            "12.0",
            "Default",
        ]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=6),
    max_leaves=15,
)
BODIES = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
ROW = {"service": 1, "name": "Likes", "type": "Default", "category": "c", "rate": "1", "min": 1, "max": 2}
ROWS = JSON | st.dictionaries(st.sampled_from(sorted(ROW)), SCALARS, max_size=2).map(lambda change: ROW | change)
ITEMS = JSON | st.fixed_dictionaries(dict.fromkeys(["status", "remains", "start_count", "charge"], SCALARS))
SUBSCRIPTIONS = st.fixed_dictionaries({"status": SCALARS, "posts": SCALARS, "orders": JSON, "expiry": SCALARS})
MANY = settings(max_examples=200, deadline=None)


def can_be_kept(value: object) -> bool:
    """Return whether PostgreSQL would take every text in this, and every number fits its column."""
    if isinstance(value, str):
        return "\x00" not in value and value == value.encode("utf-8", "replace").decode()
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < Decimal(10) ** 12
    if isinstance(value, date):
        return True
    if isinstance(value, dict):
        return all(map(can_be_kept, value.values()))
    return all(map(can_be_kept, value)) if isinstance(value, tuple | list) else value is None


@MANY
@given(BODIES, st.sampled_from([200, 201, 302, 400, 403, 429, 500]))
def test_every_answer_to_add_is_one_of_the_five_outcomes(body: bytes, status: int) -> None:
    found = outcome(Answer(status, body), "our-key")
    assert isinstance(found, Placed | NotSent | ProviderFault | Refused | Unknown)
    assert can_be_kept(asdict(found))
    if isinstance(found, Placed):
        assert 200 <= status < 300
        assert 1 <= len(found.provider_order_id) <= 64


@MANY
@given(ITEMS | SUBSCRIPTIONS)
def test_every_item_is_news_not_found_or_no_news(item: object) -> None:
    found = following.news(answers.decoded(json.dumps(item).encode()))
    assert isinstance(found, following.StatusNews | following.NotFound | following.NoNews)
    assert can_be_kept(asdict(found))


@MANY
@given(ITEMS)
def test_every_item_is_one_of_the_words_for_cancels_and_refills(item: object) -> None:
    data = answers.decoded(json.dumps(item).encode())
    cancel, refill, told = cancelling.cancel_news(data), refilling.refill_outcome(data), refilling.refill_told(data)
    no_news = following.NoNews
    assert isinstance(cancel, cancelling.Canceling | cancelling.NotCancelable | no_news)
    started = refilling.RefillStarted | refilling.RefillPending | refilling.RefillRefused
    assert isinstance(refill, started | no_news)
    assert isinstance(told, refilling.RefillNews | following.NotFound | no_news)
    assert can_be_kept([asdict(cancel) | {"not_found": 0}, asdict(refill), asdict(told)])
    assert all(len(str(text)) <= 600 for each in (cancel, refill, told) for text in asdict(each).values())


@MANY
@given(JSON)
def test_every_batch_has_a_word_for_each_order_asked_about(data: object) -> None:
    assert following.batch(answers.decoded(json.dumps(data).encode()), ["1", "2"]).keys() == {"1", "2"}


@MANY
@given(st.lists(ROWS, max_size=5))
def test_every_row_of_a_list_is_sold_or_left_out_with_a_reason(rows: list[object]) -> None:
    data = answers.decoded(json.dumps(rows).encode())
    assert isinstance(data, list)
    found = offers.service_list(data)
    left_out = (*found.unknown_types, *found.skipped)
    assert len(found.services) + len(left_out) == len(rows)
    assert all(row.reason for row in left_out)
    assert can_be_kept([asdict(service) | {"refill": 0, "cancel": 0, "dripfeed": 0} for service in found.services])
    assert can_be_kept([asdict(row) for row in left_out])


class Echo:
    """A panel that answers whatever it was told last."""

    body = b""

    def play(self, connection: socket.socket) -> None:
        answering(self.body)(connection)


def sentence(call: Callable[[], object]) -> str | None:
    """Return what a call that failed says, None of one that was answered."""
    try:
        call()
    except CallFailed as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[Echo, Client]]:
    told = Echo()
    with ScriptedPanel(told.play) as panel:
        yield told, Client(panel.url, "our-key", 10)


@settings(max_examples=150, deadline=None)
@given(body=BODIES)
def test_every_call_answers_or_raises_a_sentence(echo: tuple[Echo, Client], body: bytes) -> None:
    told, client = echo
    told.body = body
    calls: list[Callable[[], object]] = [
        *(client.services, client.balance, lambda: client.status("1"), lambda: client.statuses(["1", "2"])),
        *(lambda: client.cancel(["1", "2"]), lambda: client.refill("1"), lambda: client.refills(["1", "2"])),
        lambda: client.refill_statuses(["1"]),
    ]
    for call in calls:
        assert sentence(call) != ""
        assert can_be_kept(sentence(call))
    assert isinstance(client.add(service="1"), Placed | NotSent | ProviderFault | Refused | Unknown)
