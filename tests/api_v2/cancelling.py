"""`cancel`: of one order, or of up to a hundred, each with its own outcome."""

from decimal import Decimal

import pytest

import wallets.queries
from kit import clock
from orders.models import Order, Purchase
from orders.operations.settling import settle
from tests.api_v2.conftest import books_agree, everything

pytestmark = pytest.mark.django_db

NOT_FOUND = {"error": "Order not found"}
CANNOT = {"error": "Order cannot be canceled"}


@pytest.fixture
def cancel(post, alice):
    """Cancel with alice's key: the answer, its status 200 or 400 by whether it is an error."""

    def send(**form):
        answer = post(key=alice.key, action="cancel", **form)
        assert answer.status == (400 if "error" in answer.json else 200), answer.json
        return answer.json

    return send


@pytest.fixture
def placed(add, alice, sell):
    """Place an order of alice's at a service that cancels or does not, and bring its purchase into a state."""
    numbers = iter(range(1000))
    services = {flag: sell(cancel=flag) for flag in (True, False)}

    def make(state="queued", *, cancels=True, who=alice, **purchase):
        answer = add(who, request_id=f"c-{next(numbers)}", service=services[cancels].pk)
        order = Order.objects.get(public_id=_public(answer.json["order"]))
        if state != "queued":
            fields = {"provider_order_id": f"p-{order.pk}"} if state in {"placed", "done"} else {}
            Purchase.objects.filter(order=order).update(state=state, claimed_at=clock.now(), **fields, **purchase)
            settle(order.pk)
            order.refresh_from_db()
        return order

    return make


def _public(shown):
    from kit import ids

    return ids.parsed("ord", shown)


@pytest.mark.parametrize("cancels", [True, False])
def test_what_is_not_sent_is_cancelled_and_refunded_at_once_whatever_the_service_says(cancel, placed, alice, cancels):
    order = placed(cancels=cancels)
    assert cancel(order=order.shown_id) == {"cancel": order.shown_id}
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", Decimal("0.90"))
    assert wallets.queries.balance_from_database(alice.id) == 100
    assert books_agree()


def test_the_balance_that_is_polled_afterwards_has_the_refund(cancel, placed, post, alice):
    cancel(order=placed().shown_id)
    assert post(key=alice.key, action="balance").json == {"balance": "100.00", "currency": "USD"}


@pytest.mark.parametrize("state", ["submitting", "placed", "unknown"])
def test_what_is_under_way_is_asked_of_its_provider_and_keeps_its_money_until_then(cancel, placed, state):
    order = placed(state)
    status = order.status
    assert cancel(order=order.shown_id) == {"cancel": order.shown_id}
    order.refresh_from_db()
    assert (order.status, order.refunded) == (status, 0)
    assert order.purchases.get().cancel_requested_at is not None


@pytest.mark.parametrize("state", ["submitting", "placed"])
def test_what_is_under_way_at_a_service_that_does_not_cancel_is_refused(cancel, placed, state):
    order = placed(state, cancels=False)
    before = everything(), list(Purchase.objects.values())
    assert cancel(order=order.shown_id) == CANNOT
    assert (everything(), list(Purchase.objects.values())) == before


def test_what_nobody_knows_about_is_accepted_whatever_the_service_says(cancel, placed):
    order = placed("unknown", cancels=False)
    assert cancel(order=order.shown_id) == {"cancel": order.shown_id}
    assert order.purchases.get().cancel_requested_at is not None


@pytest.mark.parametrize("state", ["queued", "placed", "unknown", "submitting"])
def test_repeating_it_succeeds_and_changes_nothing(cancel, placed, state):
    order = placed(state)
    first = cancel(order=order.shown_id)
    before = everything(), list(Purchase.objects.values())
    assert cancel(order=order.shown_id) == first == {"cancel": order.shown_id}
    assert (everything(), list(Purchase.objects.values())) == before


def test_repeating_it_succeeds_where_a_part_was_delivered_before_it_took_effect(cancel, placed):
    order = placed("placed")
    cancel(order=order.shown_id)
    Purchase.objects.update(state="done", reported="partial", remains=400)
    settle(order.pk)
    assert cancel(order=order.shown_id) == {"cancel": order.shown_id}


@pytest.mark.parametrize(
    ("state", "fields", "status"),
    [
        ("done", {"reported": "completed", "remains": 0}, "completed"),
        ("done", {"reported": "partial", "remains": 400}, "partial"),
        ("refused", {}, "failed"),
    ],
)
def test_what_has_ended_otherwise_cannot_be_cancelled(cancel, placed, state, fields, status):
    order = placed(state, **fields)
    assert order.status == status
    before = everything()
    assert cancel(order=order.shown_id) == CANNOT
    assert cancel(orders=f"{order.pk}") == [{"order": str(order.pk), **CANNOT}]
    assert everything() == before


def test_what_its_provider_cancelled_is_cancelled(cancel, placed):
    order = placed("done", reported="canceled", remains=1000)
    assert cancel(order=order.shown_id) == {"cancel": order.shown_id}


@pytest.mark.parametrize("known_as", ["{0}", "{0.pk}", " {0} "])
def test_an_order_is_found_by_either_kind_of_id(cancel, placed, known_as):
    order = placed()
    assert cancel(order=known_as.format(order)) == {"cancel": order.shown_id}


@pytest.mark.parametrize("wrong", ["ord_nothing", "999999", "-1", "ref_01HG9X7KJP4N2M8QW5T3R6Y0AB", "\0", "9" * 99])
def test_an_order_there_is_not_is_not_found(cancel, placed, wrong):
    placed()
    before = everything()
    assert cancel(order=wrong) == NOT_FOUND
    assert everything() == before


def test_the_orders_of_others_are_as_if_they_were_not_there(cancel, placed, bob):
    order = placed(who=bob)
    before = everything()
    assert cancel(order=order.shown_id) == NOT_FOUND
    assert cancel(order=str(order.pk)) == NOT_FOUND
    assert cancel(orders=f"{order.shown_id},{order.pk}") == [
        {"order": order.shown_id, **NOT_FOUND},
        {"order": str(order.pk), **NOT_FOUND},
    ]
    assert everything() == before


def test_a_batch_has_a_row_for_each_id_as_it_was_sent_and_each_its_own_outcome(cancel, placed):
    waits, under_way, stays = placed(), placed("placed"), placed("placed", cancels=False)
    sent = f"{under_way.pk}, {waits.shown_id},,nothing,{stays.shown_id},{waits.pk},{waits.shown_id} ,"
    assert cancel(orders=sent) == [
        {"order": str(under_way.pk), "cancel": under_way.shown_id},
        {"order": waits.shown_id, "cancel": waits.shown_id},
        {"order": "nothing", "error": "Order not found"},
        {"order": stays.shown_id, "error": "Order cannot be canceled"},
        {"order": str(waits.pk), "cancel": waits.shown_id},
        {"order": waits.shown_id, "cancel": waits.shown_id},
    ]
    waits.refresh_from_db()
    assert (waits.status, waits.refunded) == ("canceled", Decimal("0.90"))
    assert books_agree()


def test_a_batch_of_one_is_a_batch(cancel, placed):
    order = placed()
    assert cancel(orders=order.shown_id) == [{"order": order.shown_id, "cancel": order.shown_id}]


def test_a_hundred_ids_are_taken_and_empty_ones_are_not_counted(cancel, placed):
    order = placed()
    sent = [str(1_000_000 + number) for number in range(99)] + [order.shown_id]
    answer = cancel(orders=",".join(sent) + "," * 50)
    assert [row["order"] for row in answer] == sent
    assert answer[-1] == {"order": order.shown_id, "cancel": order.shown_id}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "Missing required parameter: order"),
        ({"order": ""}, "Missing required parameter: order"),
        ({"orders": ""}, "Missing required parameter: order"),
        ({"orders": " , ,"}, "Invalid parameter: orders"),
        ({"orders": "1,\0"}, "Invalid parameter: orders"),
        ({"order": "1", "orders": "1"}, "Pass either order or orders, not both"),
        ({"orders": ",".join(["{0}"] * 101)}, "Too many orders: at most 100"),
    ],
)
def test_what_names_no_orders_is_refused(cancel, placed, form, error):
    order = placed()
    before = everything()
    assert cancel(**{name: value.format(order.pk) for name, value in form.items()}) == {"error": error}
    assert everything() == before


def test_a_read_only_key_cancels_nothing(post, person, placed):
    bob = person("bob", read_only=True)
    before = everything()
    answer = post(key=bob.key, action="cancel", order="1")
    assert (answer.status, answer.json) == (403, {"error": "API key is read-only"})
    assert everything() == before


def test_a_batch_is_one_unit_of_the_rate_limit(post, alice, placed):
    orders = ",".join(placed().shown_id for _ in range(5))
    left = int(post(key=alice.key, action="status", order="1").headers["X-RateLimit-Remaining"])
    answer = post(key=alice.key, action="cancel", orders=orders)
    assert int(answer.headers["X-RateLimit-Remaining"]) == left - 1


def test_a_batch_under_way_costs_the_same_however_large(placed, alice, django_assert_num_queries):
    from orders.operations.cancelling import cancel

    for count in (2, 30):
        sent = [placed("placed").shown_id for _ in range(count)]
        with django_assert_num_queries(6):  # find, BEGIN, ask, tell, COMMIT, and how they stand
            outcomes = cancel(account_id=alice.id, sent=sent)
        assert len(outcomes) == count
