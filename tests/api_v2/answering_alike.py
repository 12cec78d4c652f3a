"""Both dialects tell the same of the same rows: each asked about the very orders and refills the other was."""

import pytest

from kit import clock
from orders.models import Order, Refill, Subscription
from orders.states import SubscriptionState
from orders.subscription_states import ORDER_STATUS
from tests.api_v2.conftest import LINK, books_agree
from tests.api_v2.in_classic import ask, called, classic, ended, waiting
from tests.api_v2.wordings import ORDER_WORDS, REFILL_WORDS, SUBSCRIPTION_WORDS
from tests.orders.subscribed import posts_service, say, size, subscription

__all__ = ["ask", "classic", "ended", "posts_service", "subscription", "waiting"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def standard(post, alice):
    """Ask with alice's standard key: the JSON, whether it is an error or not."""
    return lambda action, **form: post(key=alice.key, action=action, **form).json


def test_the_balance_and_the_catalogue_are_the_same_to_the_byte(post, alice, classic, sell):
    sell(average_time=90, description="é")
    sell(rate="0.00012345", type="Package", refill=True)
    for action in ("balance", "services"):
        first, second = (post(key=key, action=action) for key in (alice.key, classic))
        assert first.body == second.body
        assert first.headers.get("ETag") == second.headers.get("ETag")


def test_an_order_of_every_status_differs_in_its_word_alone(standard, ask, waiting):
    orders = {word: waiting() for word in ORDER_WORDS}
    for number, (word, order) in enumerate(orders.items()):
        called(order, word, start_count=number, remains=100 * number, refunded=f"0.{number}")
    sent = ",".join(f"{order.pk},{order.shown_id}" for order in orders.values())
    theirs, ours = standard("status", orders=sent), ask("status", orders=sent)
    assert list(theirs) == list(ours)
    assert {name: row | {"status": ORDER_WORDS[row["status"]]} for name, row in theirs.items()} == ours
    for order in orders.values():
        alone = standard("status", order=order.pk)
        assert ask("status", order=order.shown_id) == alone | {"status": ORDER_WORDS[alone["status"]]}


@pytest.mark.parametrize("state", SubscriptionState.values)
def test_a_subscription_of_every_state_has_the_same_posts(standard, ask, subscription, state):
    order = subscription(posts=3)
    say(order, "active", "p1", "p2")
    size("p1", 500)
    Subscription.objects.filter(pk=order.pk).update(state=state)
    called(order, ORDER_STATUS.get(SubscriptionState(state), "in_progress"))
    theirs, ours = standard("status", order=order.pk), ask("status", order=order.pk)
    assert ours["status"] == SUBSCRIPTION_WORDS[state]
    assert theirs["status"] == {"completed": "completed", "expired": "completed", "canceled": "canceled"}.get(
        state, "in_progress"
    )
    assert theirs["posts"] == ours["posts"] == "2"
    assert theirs["orders"] == [Order.objects.get(pk=each).shown_id for each in ours["orders"]]
    assert len(ours["orders"]) == 1


def test_one_request_id_is_one_order_in_both(post, alice, classic, service):
    form = {"action": "add", "service": service.pk, "link": LINK, "quantity": 1000, "request_id": "r-1"}
    first, second = post(key=classic, **form), post(key=alice.key, **form)
    order = Order.objects.get()
    assert (first.json, second.json) == ({"order": order.pk}, {"order": order.shown_id})
    assert ("Idempotent-Replay" in first.headers, second.headers["Idempotent-Replay"]) == (False, "true")
    assert books_agree()


def test_a_refill_asked_for_in_one_is_known_in_the_other(standard, ask, ended):
    orders = [ended() for _ in range(4)]
    told = {
        standard: {"error": "A refill is already pending for this order"},
        ask: {"error": "The refill task is not completed for this order"},
    }
    for order, one, other in zip(orders, (standard, ask) * 2, (ask, standard) * 2, strict=True):
        assert list(one("refill", order=order.pk)) == ["refill"]
        assert other("refill", order=order.pk) == told[other]
    made = list(Refill.objects.order_by("pk"))
    assert len(made) == len(orders)
    for refill, word in zip(made, REFILL_WORDS, strict=True):
        over = clock.now() if word in {"completed", "rejected"} else None
        Refill.objects.filter(pk=refill.pk).update(status=word, ended_at=over)
    sent = ",".join(f"{each.pk},{each.shown_id}" for each in made)
    theirs, ours = standard("refill_status", refills=sent), ask("refill_status", refills=sent)
    assert [row["status"] for row in ours] == [REFILL_WORDS[row["status"]] for row in theirs]
    assert [str(row["refill"]) for row in ours] == [row["refill"] for row in theirs]
    assert [row["status"] for row in theirs] == [word for word in REFILL_WORDS for _ in range(2)]


def test_refills_of_a_batch_are_the_same_ones(standard, ask, ended):
    first, second, never = ended(), ended("partial"), ended(refill=False)
    sent = f"{first.pk},{second.shown_id},{never.pk},999999"
    asked = ask("refill", orders=sent)
    assert [row["refill"] for row in asked[:2]] == list(Refill.objects.order_by("pk").values_list("pk", flat=True))
    Refill.objects.update(status="completed", ended_at=clock.now())
    again = standard("refill", orders=sent)
    latest = {each.order_id: each.shown_id for each in Refill.objects.filter(status="pending")}
    assert [row.get("refill") for row in again] == [latest[first.pk], latest[second.pk], None, None]
    assert [row["order"] for row in again] == [str(row["order"]) for row in asked] == sent.split(",")
    assert ["error" in row for row in again] == [isinstance(row["refill"], dict) for row in asked]


def test_what_one_has_cancelled_is_cancelled_for_the_other(standard, ask, waiting, ended):
    first, second, over = waiting(), waiting(), ended()
    assert standard("cancel", order=first.pk) == {"cancel": first.shown_id}
    assert ask("cancel", order=second.pk) == [{"order": second.pk, "cancel": 1}]
    sent = f"{first.pk},{second.shown_id},{over.pk},x"
    theirs, ours = standard("cancel", orders=sent), ask("cancel", orders=sent)
    assert [row.get("cancel") for row in theirs] == [first.shown_id, second.shown_id, None, None]
    assert [row["cancel"] == 1 for row in ours] == ["error" not in row for row in theirs]
    assert [str(row["order"]) for row in ours] == [row["order"] for row in theirs]
    assert standard("balance") == ask("balance") == {"balance": "99.10", "currency": "USD"}
    assert books_agree()
