"""The operator's screen of refills, and what he decides there."""

import pytest

from events.models import Event
from kit import clock
from orders.models import Purchase, Refill, RefillPart
from orders.operations import refills
from orders.operations.settling import settle
from tests.admin.conftest import state_of_things, text

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/refill/"


@pytest.fixture
def refill(ordered, alice):
    """Have an order refilled: by hand, or by its provider."""

    def make(*, by_hand=True):
        order = ordered()
        done = {"state": "done", "reported": "completed", "remains": 0, "provider_order_id": f"p-{order.pk}"}
        Purchase.objects.filter(order=order).update(**done)
        settle(order.pk)
        type(order.service).objects.update(refill=True, refill_by_hand=by_hand)
        refills.request(account_id=alice.id, sent=[order.shown_id])
        return Refill.objects.get(order=order)

    return make


def page(refill, button):
    return f"{LIST}{refill.pk}/{button}/"


def everything():
    return state_of_things(), list(Refill.objects.order_by("pk").values()), list(RefillPart.objects.values())


@pytest.mark.parametrize(("button", "status"), [("complete", "completed"), ("reject", "rejected")])
def test_decides_a_refill_by_hand(bobs, refill, button, status):
    mine = refill()
    assert "Complete…" in text(bobs.get(f"{LIST}{mine.pk}/change/"))

    answer = bobs.post(page(mine, button), {"reason": "counted again"}, follow=True)

    assert f"Refill {mine.shown_id} is {status} now." in text(answer)
    mine.refresh_from_db()
    assert (mine.status, mine.ended_at is not None) == (status, True)
    told = Event.objects.get(kind=f"refill.{status}")
    assert (told.actor, told.reason) == ("bob@panel.example", "counted again")
    assert "counted again" in text(answer)
    assert "Complete…" not in text(answer)


def test_a_refill_that_its_provider_does_is_not_his(bobs, refill):
    mine = refill(by_hand=False)
    assert "Complete…" not in text(bobs.get(f"{LIST}{mine.pk}/change/"))
    before = everything()
    answer = bobs.post(page(mine, "complete"), {"reason": "counted again"})
    assert "Its provider is being asked" in text(answer)
    assert everything() == before


def test_a_stuck_one_is_his_and_shows_what_its_provider_said(bobs, refill):
    mine = refill(by_hand=False)
    RefillPart.objects.update(state="stuck", answer="a refill is under way")
    shown = text(bobs.get(f"{LIST}{mine.pk}/change/"))
    assert "Complete…" in shown
    assert "a refill is under way" in shown
    bobs.post(page(mine, "reject"), {"reason": "nothing came"})
    mine.refresh_from_db()
    assert mine.status == "rejected"


def test_asks_for_a_reason(bobs, refill):
    mine = refill()
    before = everything()
    assert "This field is required." in text(bobs.post(page(mine, "complete"), {"reason": " "}))
    assert everything() == before


def test_what_is_open_comes_first_and_what_is_his_can_be_chosen(bobs, refill):
    stays, his, over = refill(by_hand=False), refill(), refill()
    refills.complete(refill_id=over.pk, actor="bob", reason="done")
    listed = text(bobs.get(LIST))
    assert listed.index(his.shown_id) < listed.index(stays.shown_id) < listed.index(over.shown_id)
    chosen = text(bobs.get(f"{LIST}?yours=yes"))
    assert [each.shown_id in chosen for each in (stays, his, over)] == [False, True, False]


@pytest.mark.parametrize("term", ["{0.shown_id}", "{0.order.shown_id}", "{0.order_id}"])
def test_finds_by_the_refill_and_by_the_order(bobs, refill, term):
    first, other = refill(), refill()
    found = text(bobs.get(LIST, {"q": term.format(first)}))
    assert (first.shown_id in found, other.shown_id in found) == (True, False)
    assert first.shown_id not in text(bobs.get(LIST, {"q": "nothing"}))


def test_the_orders_page_and_the_first_page_show_them(bobs, refill):
    mine = refill()
    assert mine.shown_id in text(bobs.get(f"/admin/orders/order/{mine.order_id}/change/"))
    assert mine.shown_id in text(bobs.get("/admin/"))


def test_the_orders_page_shows_what_was_asked_to_be_cancelled_and_what_was_said(bobs, ordered):
    order = ordered(state="unknown")
    Purchase.objects.update(cancel_requested_at=clock.now())
    shown = bobs.get(f"/admin/orders/order/{order.pk}/change/")
    assert "nobody knows whether the provider has it" in text(shown)
    Purchase.objects.update(cancel_answer="too late")
    assert "refused: too late" in text(bobs.get(f"/admin/orders/order/{order.pk}/change/"))
