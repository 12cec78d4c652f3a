"""The page of a webhook, and of a delivery: how it is doing, what was sent, and how it was answered."""

from datetime import timedelta
from html import unescape

import pytest

from accounts.models import ApiKey
from accounts.operations import revoke_key
from kit import clock, encryption
from tests.dashboard.counting import statements
from tests.dashboard.webhooks.conftest import URL
from tests.dashboard.webhooks.pages import page
from tests.webhooks.ended import attempt, deliveries, delivery
from webhooks.models import Endpoint
from webhooks.operations import endpoints

pytestmark = pytest.mark.django_db
BODY = '{"type":"order.completed","data":{"order":"<b>bold</b>"}}'


def offered(browser, endpoint):
    return browser.get(page(endpoint)).context["offered"]


def test_shows_what_it_is_and_never_its_secret(alices, endpoint):
    text = alices.get(page(endpoint)).text
    for part in (URL, endpoint.shown_id, str(endpoint.api_key), "All, also those still to come", ">Active<"):
        assert part in text
    assert encryption.decrypt(endpoint.secret_encrypted) not in text
    assert "whsec_" not in text
    assert "Nothing has been told there yet." in text


@pytest.mark.parametrize(
    ("because", "says"),
    [
        ("gone", "It answered 410 Gone, which asks us to send nothing more."),
        ("failing", "Nothing that was sent there was taken for days."),
        ("owner", "You disabled it."),
        ("operator", "The operator disabled it, and only the operator can enable it again: ask them."),
    ],
)
def test_says_why_it_is_disabled_and_offers_to_enable_what_its_owner_may(alices, endpoint, because, says):
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because=because)
    answer = alices.get(page(endpoint))
    assert says in unescape(answer.text)
    assert ("enable" in answer.context["offered"]) is (because != "operator")
    assert (page(endpoint, "enable") in answer.text) is (because != "operator")


@pytest.mark.parametrize(
    ("fields", "badge", "says"),
    [
        ({"failing_since": clock.now(), "failures": 2}, "Failing", "2 failures in a row"),
        ({"resting_until": clock.now() + timedelta(hours=1)}, "Resting", "Resting until"),
        ({"old_secret_encrypted": "x", "old_secret_until": clock.now() + timedelta(hours=1)}, "Active", "old secret"),
    ],
)
def test_says_how_it_is_doing(alices, endpoint, fields, badge, says):
    Endpoint.objects.update(**fields)
    text = alices.get(page(endpoint)).text
    assert f">{badge}</span>" in text
    assert says in text


def test_offers_what_would_do_something(alices, endpoint):
    assert offered(alices, endpoint) == {"test", "rotate", "remove", "disable", "resend"}
    revoke_key(key_id=endpoint.api_key_id)
    assert offered(alices, endpoint) == {"remove"}
    endpoints.remove(endpoint_id=endpoint.pk)
    assert offered(alices, endpoint) == set()


def test_one_whose_key_has_expired_says_so(alices, endpoint):
    ApiKey.objects.update(expires_at=clock.now())
    assert "Its API key has expired: nothing is sent there any more." in alices.get(page(endpoint)).text


def test_lists_deliveries_a_slice_at_a_time(alices, endpoint):
    made = [each.pk for each in deliveries(endpoint, 21)][::-1]
    first = alices.get(page(endpoint))
    assert [each.pk for each in first.context["deliveries"].rows] == made[:20]
    assert f'href="?before={made[19]}"' in first.text
    second = alices.get(page(endpoint), {"before": made[19]})
    assert [each.pk for each in second.context["deliveries"].rows] == made[20:]
    assert f'href="?after={made[20]}"' in second.text


def test_lists_those_in_a_state(alices, endpoint):
    failed = delivery(endpoint, "failed", said="503 Service Unavailable")
    delivery(endpoint, "due", said="it waits")
    answer = alices.get(page(endpoint), {"state": "failed"})
    assert list(answer.context["deliveries"].rows) == [failed]
    assert "503 Service Unavailable" in answer.text
    assert "it waits" not in answer.text


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=" + "9" * 30, "after=1.5", "state=eaten", "before=²"]
)
def test_what_cannot_be_read_asks_for_nothing(alices, endpoint, query):
    told = delivery(endpoint)
    assert list(alices.get(f"{page(endpoint)}?{query}").context["deliveries"].rows) == [told]


def test_takes_as_many_statements_for_many_deliveries_as_for_one(alices, endpoint):
    told = delivery(endpoint)
    attempt(told)
    addresses = page(endpoint), page(endpoint, told.shown_event)
    few = [len(statements(alices, address)) for address in addresses]
    deliveries(endpoint, 25)
    for _ in range(5):
        attempt(told)
    assert [len(statements(alices, address)) for address in addresses] == few == [4, 5]


def test_a_delivery_shows_its_attempts_and_its_body_as_text(alices, endpoint):
    told = delivery(endpoint, "failed", said="it answered 500", body=BODY)
    attempt(told, excerpt="<script>alert(1)</script>", status=500, ms=321)
    attempt(told, excerpt="", status=None, error="it did not answer within 15 s", ms=15_000)
    text = alices.get(page(endpoint, told.shown_event)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert(1)" not in text
    for part in (told.shown_event, "321 ms", "15000 ms", "it did not answer within 15 s", "it answered 500"):
        assert part in text
    assert '{\n  "type": "order.completed",\n  "data": {\n    "order": "<b>bold</b>"\n  }\n}' in unescape(text)
    assert "<b>bold</b>" not in text


def test_a_dropped_delivery_is_not_offered_to_be_sent_again(alices, endpoint):
    for state, may in (("dropped", False), ("failed", True), ("delivered", True), ("due", True)):
        told = delivery(endpoint, state)
        answer = alices.get(page(endpoint, told.shown_event))
        assert answer.context["may_be_sent"] is may
        assert (page(endpoint, told.shown_event, "resend") in answer.text) is may
