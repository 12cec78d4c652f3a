"""From a reseller's `add` to his `cancel` and `refill`, by the API he uses, with a provider that answers over HTTP."""

import pytest

from kit import clock
from orders import tasks
from orders.models import RefillPart

pytestmark = pytest.mark.django_db(transaction=True)
LINK = "https://example.com/p"


@pytest.fixture
def ask(post, alice):
    """Call an action with alice's key."""

    def call(action, **form):
        answer = post(key=alice.key, action=action, **form)
        assert answer.status == 200, answer.json
        return answer.json

    return call


@pytest.fixture
def service(sell, upstream):
    """A service that cancels and refills, bought at the demo provider's first."""
    return sell(at=upstream, cancel=True, refill=True)


def test_what_has_not_begun_is_cancelled_whole_by_the_providers_word(ask, service, demo, buy, follow):
    demo.control(delivery_seconds=10_000)
    order = ask("add", service=service.pk, link=LINK, quantity=1000, request_id="a")["order"]
    buy()
    assert ask("cancel", order=order) == {"cancel": order}
    assert ask("status", order=order)["charge"] == "0.90"
    tasks.cancel_due()
    follow()
    assert ask("status", order=order) | {"start_count": ""} == {
        "status": "canceled", "charge": "0.00", "start_count": "", "remains": "1000", "currency": "USD",
    }  # fmt: skip
    assert ask("balance")["balance"] == "100.00"
    assert ask("cancel", orders=f"{order},7777777") == [
        {"order": order, "cancel": order},
        {"order": "7777777", "error": "Order not found"},
    ]


def test_what_was_delivered_is_refilled(ask, service, demo, buy, follow):
    demo.control(delivery_seconds=0, refill_seconds=0)
    order = ask("add", service=service.pk, link=LINK, quantity=1000, request_id="a")["order"]
    buy()
    follow()
    refill = ask("refill", order=order)["refill"]
    assert ask("refill_status", refill=refill) == {"status": "pending"}
    tasks.refill_due()
    RefillPart.objects.update(due_at=clock.now())
    tasks.refill_due()
    assert ask("refill_status", refills=f"{refill},ref_nothing") == [
        {"refill": refill, "status": "completed"},
        {"refill": "ref_nothing", "error": "Refill not found"},
    ]
    assert [(call["action"], call["did"]) for call in demo.calls() if "refill" in call["action"]] == [
        ("refill", "deliver"),
        ("refill_status", "deliver"),
    ]


def test_a_subscription_is_cancelled_like_any_other(ask, sell, upstream, demo, buy, follow):
    demo.control(post_seconds=1000)
    likes = sell(at=upstream, remote_id="29", type="Subscriptions", min=10, max=1000, cancel=True)
    wanted = {"username": "bob", "min": 10, "max": 20, "delay": 0, "posts": 3}
    order = ask("add", service=likes.pk, request_id="s", **wanted)["order"]
    buy()
    assert ask("cancel", order=order) == {"cancel": order}
    tasks.cancel_due()
    follow()
    assert ask("status", order=order)["status"] == "canceled"
    assert ask("balance")["balance"] == "100.00"
