"""What is told of a refill is how it ended, whoever ended it, and nothing before that."""

import pytest

from orders import tasks
from orders.operations import refills
from tests.orders.conftest import _the_books_agree, buy, demo, follow, order_of, upstream
from tests.orders.refilled import WHO, delivered, refill
from tests.orders.refilling import follow_refills
from tests.webhooks.witness import witness

__all__ = ["_the_books_agree", "buy", "delivered", "demo", "follow", "follow_refills", "order_of", "refill"]
__all__ += ["upstream", "witness"]
pytestmark = pytest.mark.django_db(transaction=True)


def told(heard):
    """Return what was told of refills, and hold that each says what the API says of it."""
    bodies = [each for each in heard.bodies if each["type"].startswith("refill.")]
    for each in bodies:
        answer = heard.post(key=heard.person.key, action="refill_status", refill=each["data"]["refill"])
        assert answer.json == {"status": each["data"]["status"]}
    return [(each["type"], each["data"]) for each in bodies]


def ended(mine, order, status):
    return [(f"refill.{status}", {"refill": mine.shown_id, "order": order.shown_id, "status": status})]


def test_one_that_its_provider_completes_is_told_once_it_has_ended(delivered, refill, follow_refills, alice, witness):
    heard = witness(alice)
    order = delivered()
    mine = refill(order)
    assert tasks.refill_due() == 1
    assert told(heard) == []
    follow_refills()
    assert told(heard) == ended(mine, order, "completed")


@pytest.mark.parametrize("behaviour", ["refill_rejected", "refill_refused"])
def test_one_that_its_provider_does_not_do_is_rejected(
    behaviour, delivered, refill, follow_refills, demo, alice, witness
):
    heard = witness(alice)
    order = delivered("partial")
    mine = refill(order)
    demo.control(next=[behaviour], action="refill")
    tasks.refill_due()
    follow_refills()
    assert told(heard) == ended(mine, order, "rejected")


@pytest.mark.parametrize(("decide", "status"), [(refills.complete, "completed"), (refills.reject, "rejected")])
def test_one_that_is_decided_by_hand(decide, status, delivered, refill, demo, alice, witness):
    heard = witness(alice)
    order = delivered()
    mine = refill(order)
    demo.control(next=["refill_pending"], action="refill")
    tasks.refill_due()
    assert told(heard) == []
    decide(refill_id=mine.pk, **WHO)
    assert told(heard) == ended(mine, order, status)


def test_one_of_a_service_that_is_refilled_by_hand(delivered, refill, alice, witness):
    heard = witness(alice)
    order = delivered(refill_by_hand=True)
    mine = refill(order)
    refills.complete(refill_id=mine.pk, **WHO)
    assert told(heard) == ended(mine, order, "completed")
