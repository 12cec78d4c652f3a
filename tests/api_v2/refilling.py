"""`refill` and `refill_status`: of one, or of up to a hundred, each with its own outcome."""

from datetime import timedelta

import pytest

from kit import clock, ids
from orders.models import Order, Purchase, Refill, RefillPart
from orders.operations import refills
from orders.operations.settling import settle
from tests.api_v2.conftest import everything

pytestmark = pytest.mark.django_db

NOT_FOUND = {"error": "Order not found"}
NO_REFILL = {"error": "Refill not found"}
WHO = {"actor": "operator@example.com", "reason": "seen to"}


def refills_and_all():
    return everything(), list(Refill.objects.order_by("pk").values()), list(RefillPart.objects.order_by("pk").values())


@pytest.fixture
def ask(post, alice):
    """Ask with alice's key: `ask("refill", order=…)`; the status is 200 or 400 by whether it is an error."""

    def send(action="refill", **form):
        answer = post(key=alice.key, action=action, **form)
        assert answer.status == (400 if "error" in answer.json else 200), answer.json
        return answer.json

    return send


@pytest.fixture
def ended(add, alice, sell):
    """Place an order of alice's at a service that refills, and end it."""
    numbers = iter(range(1000))

    def make(status="completed", *, who=alice, days_ago=0, state="done", **service):
        flags = {"refill": True} | service
        answer = add(who, request_id=f"f-{next(numbers)}", service=sell(**flags).pk)
        order = Order.objects.get(public_id=str(ids.parsed("ord", answer.json["order"])))
        left = {"completed": 0, "partial": 400}.get(status, 1000)
        Purchase.objects.filter(order=order).update(
            state=state, reported=status, remains=left, provider_order_id=f"p-{order.pk}"
        )
        settle(order.pk)
        if days_ago:
            Order.objects.filter(pk=order.pk).update(ended_at=clock.now() - timedelta(days=days_ago))
        order.refresh_from_db()
        return order

    return make


@pytest.mark.parametrize("status", ["completed", "partial"])
def test_what_was_delivered_is_refilled(ask, ended, status):
    order = ended(status)
    answer = ask(order=order.shown_id)
    refill = Refill.objects.get()
    assert answer == {"refill": refill.shown_id}
    assert ids.parsed("ref", answer["refill"]) == refill.public_id
    part = refill.parts.get()
    assert (refill.status, refill.number, refill.by_hand, part.state) == ("pending", 1, False, "queued")
    assert ask("refill_status", refill=refill.shown_id) == {"status": "pending"}
    assert ask("refill_status", refill=str(refill.pk)) == {"status": "pending"}


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"refill": False}, "Refill is not available for this service"),
        ({"state": "placed", "status": "in_progress"}, "Order is not completed"),
        ({"status": "canceled"}, "Order is not completed"),
        ({"days_ago": 31, "refill_days": 30}, "Refill period is over"),
        ({"state": "placed", "status": "in_progress", "refill": False}, "Refill is not available for this service"),
    ],
    ids=str,
)
def test_what_may_not_be_refilled_is_refused_in_its_words(ask, ended, order, error):
    made = ended(**order)
    before = refills_and_all()
    assert ask(order=made.shown_id) == {"error": error}
    assert ask(orders=str(made.pk)) == [{"order": str(made.pk), "error": error}]
    assert refills_and_all() == before


def test_it_may_be_refilled_until_its_days_are_over_and_for_ever_where_they_are_not_limited(ask, ended):
    assert "refill" in ask(order=ended(days_ago=29, refill_days=30).shown_id)
    assert "refill" in ask(order=ended(days_ago=3000).shown_id)


def test_one_refill_is_pending_at_a_time(ask, ended):
    order = ended()
    ask(order=order.shown_id)
    before = refills_and_all()
    assert ask(order=order.shown_id) == {"error": "A refill is already pending for this order"}
    assert refills_and_all() == before


def test_an_order_is_refilled_three_times_at_most(ask, ended):
    order = ended(refill_by_hand=True)
    for number in (1, 2, 3):
        assert "refill" in ask(order=order.shown_id)
        refills.complete(refill_id=Refill.objects.get(number=number).pk, **WHO)
    before = refills_and_all()
    assert ask(order=order.shown_id) == {"error": "Refill limit reached for this order"}
    assert refills_and_all() == before


def test_how_often_is_the_operators_setting(ask, ended, settings):
    settings.MOST_REFILLS = 0
    assert ask(order=ended().shown_id) == {"error": "Refill limit reached for this order"}


@pytest.mark.parametrize("wrong", ["ord_nothing", "999999", "-1", "\0", "9" * 400])
def test_an_order_there_is_not_is_not_found(ask, ended, wrong):
    ended()
    before = refills_and_all()
    assert ask(order=wrong) == NOT_FOUND
    assert refills_and_all() == before


def test_the_orders_and_refills_of_others_are_as_if_they_were_not_there(ask, ended, bob, post):
    order = ended(who=bob)
    refill = post(key=bob.key, action="refill", order=order.shown_id).json["refill"]
    before = refills_and_all()
    assert ask(order=order.shown_id) == NOT_FOUND
    assert ask(orders=f"{order.pk}") == [{"order": str(order.pk), **NOT_FOUND}]
    assert ask("refill_status", refill=refill) == NO_REFILL
    number = str(Refill.objects.get().pk)
    assert ask("refill_status", refills=f"{refill},{number}") == [
        {"refill": refill, **NO_REFILL},
        {"refill": number, **NO_REFILL},
    ]
    assert refills_and_all() == before


def test_a_batch_has_a_row_for_each_id_as_it_was_sent_and_each_order_is_refilled_once(ask, ended):
    good, late, other = ended(), ended(days_ago=31, refill_days=30), ended("partial")
    sent = f"{other.pk}, {good.shown_id},,nothing,{late.shown_id},{good.pk},{good.shown_id} ,"
    answer = ask(orders=sent)
    of = {each.order_id: each.shown_id for each in Refill.objects.all()}
    assert len(of) == 2
    assert answer == [
        {"order": str(other.pk), "refill": of[other.pk]},
        {"order": good.shown_id, "refill": of[good.pk]},
        {"order": "nothing", "error": "Order not found"},
        {"order": late.shown_id, "error": "Refill period is over"},
        {"order": str(good.pk), "refill": of[good.pk]},
        {"order": good.shown_id, "refill": of[good.pk]},
    ]


def test_a_batch_of_statuses_has_a_row_for_each_id_as_it_was_sent(ask, ended):
    first, second = (ask(order=ended(refill_by_hand=True).shown_id)["refill"] for _ in range(2))
    number = str(Refill.objects.order_by("pk")[0].pk)
    refills.reject(refill_id=Refill.objects.order_by("pk")[1].pk, **WHO)
    sent = f"{second}, {number},,nothing,{first},{first} "
    assert ask("refill_status", refills=sent) == [
        {"refill": second, "status": "rejected"},
        {"refill": number, "status": "pending"},
        {"refill": "nothing", "error": "Refill not found"},
        {"refill": first, "status": "pending"},
        {"refill": first, "status": "pending"},
    ]


@pytest.mark.parametrize("status", ["pending", "in_progress", "completed", "rejected"])
def test_every_status_is_answered_in_its_own_word(ask, ended, status):
    refill = ask(order=ended().shown_id)["refill"]
    over = {"ended_at": clock.now()} if status in {"completed", "rejected"} else {}
    Refill.objects.update(status=status, **over)
    assert ask("refill_status", refill=refill) == {"status": status}
    assert ask("refill_status", refills=refill) == [{"refill": refill, "status": status}]


@pytest.mark.parametrize("action", ["refill", "refill_status"])
def test_a_hundred_ids_are_taken_and_empty_ones_are_not_counted(ask, action):
    one = {"refill": "order", "refill_status": "refill"}[action]
    sent = [str(1_000_000 + number) for number in range(100)]
    answer = ask(action, **{f"{one}s": ",".join(sent) + "," * 50})
    assert answer == [{one: each, "error": f"{one.title()} not found"} for each in sent]


@pytest.mark.parametrize(
    ("action", "form", "error"),
    [
        ("refill", {}, "Missing required parameter: order"),
        ("refill", {"order": ""}, "Missing required parameter: order"),
        ("refill", {"orders": " , ,"}, "Invalid parameter: orders"),
        ("refill", {"orders": "1,\0"}, "Invalid parameter: orders"),
        ("refill", {"order": "1", "orders": "1"}, "Pass either order or orders, not both"),
        ("refill", {"orders": "1," * 101}, "Too many orders: at most 100"),
        ("refill_status", {}, "Missing required parameter: refill"),
        ("refill_status", {"refill": "\0"}, "Refill not found"),
        ("refill_status", {"refill": "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"}, "Refill not found"),
        ("refill_status", {"refills": " , ,"}, "Invalid parameter: refills"),
        ("refill_status", {"refills": "1,\0"}, "Invalid parameter: refills"),
        ("refill_status", {"refill": "1", "refills": "1"}, "Pass either refill or refills, not both"),
        ("refill_status", {"refills": "1," * 101}, "Too many orders: at most 100"),
    ],
)
def test_what_names_nothing_is_refused(ask, ended, action, form, error):
    ended()
    before = refills_and_all()
    assert ask(action, **form) == {"error": error}
    assert refills_and_all() == before


def test_a_read_only_key_refills_nothing_and_may_look(post, person):
    bob = person("bob", read_only=True)
    before = refills_and_all()
    answer = post(key=bob.key, action="refill", order="1")
    assert (answer.status, answer.json) == (403, {"error": "API key is read-only"})
    assert post(key=bob.key, action="refill_status", refill="1").json == NO_REFILL
    assert refills_and_all() == before


def test_a_batch_costs_the_same_however_large_and_one_unit_of_the_rate_limit(
    ended, alice, post, django_assert_num_queries
):
    for count in (2, 20):
        sent = [ended().shown_id for _ in range(count)]
        with django_assert_num_queries(7):  # find, what was delivered, BEGIN, refills, parts, events, COMMIT
            outcomes = refills.request(account_id=alice.id, sent=sent)
        assert [type(each) for each in outcomes.values()] == [refills.Requested] * count
    left = int(post(key=alice.key, action="status", order="1").headers["X-RateLimit-Remaining"])
    answer = post(key=alice.key, action="refill", orders=",".join(sent))
    assert int(answer.headers["X-RateLimit-Remaining"]) == left - 1
