"""A key that changes its dialect: its next answer is in the other one, and so is what its webhooks are told then."""

import orjson
import pytest

import accounts.operations
from accounts.models import ApiKey
from orders.models import Order, Refill
from tests.api_v2.conftest import HOOK, LINK
from tests.api_v2.in_classic import ended, waiting
from webhooks.models import Delivery, Endpoint

__all__ = ["ended", "waiting"]
pytestmark = pytest.mark.django_db(transaction=True)  # what a key is, is kept in the cache after the commit


@pytest.fixture
def speak(alice):
    """Have alice's key speak another dialect."""
    return lambda dialect: accounts.operations.edit_key(key_id=ApiKey.objects.get().pk, dialect=dialect)


def test_the_next_answer_is_in_the_other_and_ids_of_both_forms_are_understood(post, alice, speak, service, ended):
    form = {"action": "add", "service": service.pk, "link": LINK, "quantity": 1000, "request_id": "r-1"}
    shown = post(key=alice.key, **form).json["order"]
    number = Order.objects.get().pk
    assert post(key=alice.key, action="status", order=shown).json["status"] == "pending"
    assert post(key=alice.key, action="refill", order=ended().shown_id).status == 200
    refill = Refill.objects.get()

    speak("classic")
    for order in (shown, number):
        assert post(key=alice.key, action="status", order=order).json["status"] == "Pending"
        assert post(key=alice.key, action="status", orders=order).json[str(order)]["status"] == "Pending"
    for each in (refill.shown_id, refill.pk):
        assert post(key=alice.key, action="refill_status", refill=each).json == {"status": "Pending"}
    again = post(key=alice.key, **form)
    assert (again.json, again.headers["Idempotent-Replay"]) == ({"order": number}, "true")
    missing = post(key=alice.key, action="status", order="ord_nothing")
    assert (missing.status, missing.json) == (200, {"error": "Incorrect order ID"})

    speak("standard")
    for order in (shown, number):
        assert post(key=alice.key, action="status", order=order).json["status"] == "pending"
    assert post(key=alice.key, **form).json == {"order": shown}
    missing = post(key=alice.key, action="status", order="999999")
    assert (missing.status, missing.json) == (400, {"error": "Order not found"})


def test_where_its_parameters_may_stand_changes_with_it(post, alice, speak):
    in_query = {"QUERY_STRING": f"key={alice.key}&action=balance"}
    refused = post(environ=in_query)
    assert (refused.status, refused.json) == (400, {"error": "Invalid API key"})
    speak("classic")
    for method in ("POST", "GET"):
        answer = post(environ=in_query | {"REQUEST_METHOD": method})
        assert (answer.status, answer.json) == (200, {"balance": "100.00", "currency": "USD"})
    speak("standard")
    assert post(environ=in_query).json == {"error": "Invalid API key"}


def test_a_new_value_of_a_key_speaks_as_the_old_one_did(post, alice, speak):
    speak("classic")
    _, value = accounts.operations.regenerate_key(key_id=ApiKey.objects.get().pk)
    answer = post(key=value, action="status", order="7")
    assert (answer.status, answer.json) == (200, {"error": "Incorrect order ID"})


def test_its_webhooks_are_told_in_the_other_from_then_on(post, alice, speak, waiting, hook):
    assert hook(alice, url=HOOK).status == 200
    first, second, third = waiting(), waiting(), waiting()
    post(key=alice.key, action="cancel", order=first.pk)
    before = list(Delivery.objects.order_by("pk").values_list("body", flat=True))
    speak("classic")
    post(key=alice.key, action="cancel", order=second.pk)
    post(key=alice.key, action="webhook.test", webhook=post(key=alice.key, action="webhook.list").json[0]["webhook"])
    speak("standard")
    post(key=alice.key, action="cancel", order=third.pk)
    bodies = list(Delivery.objects.order_by("pk").values_list("body", flat=True))
    assert bodies[: len(before)] == before, "what was made already stays as it is"
    told = [
        (body["data"]["order"], body["data"]["status"])
        for body in map(orjson.loads, bodies)
        if body["type"] == "order.canceled"
    ]
    assert told == [(first.shown_id, "canceled"), (second.pk, "Canceled"), (third.shown_id, "canceled")]
    assert Endpoint.objects.count() == 1
