"""`status`: of one order, or of up to a hundred, by either kind of id."""

from decimal import Decimal

import pytest

from orders.models import Order
from orders.states import OrderStatus
from tests.api_v2.conftest import LINK

pytestmark = pytest.mark.django_db

FRESH = {"status": "pending", "charge": "0.90", "start_count": "0", "remains": "1000", "currency": "USD"}
NOT_FOUND = {"error": "Order not found"}


@pytest.fixture
def orders(add, alice) -> list[Order]:
    """Three of alice's, by their age."""
    for number in range(3):
        assert add(alice, request_id=f"r-{number}").status == 200
    return list(Order.objects.order_by("id"))


@pytest.fixture
def status(post, alice):
    def ask(**form):
        answer = post(key=alice.key, action="status", **form)
        assert answer.status == 200, answer.json
        return answer.json

    return ask


def test_a_fresh_order_counts_from_nothing_in_strings(status, orders):
    assert status(order=orders[0].shown_id) == FRESH


@pytest.mark.parametrize("as_sent", ["{0}", " {0} ", "{0.pk}", "00{0.pk}"])
def test_an_order_is_found_by_either_kind_of_id(status, orders, as_sent):
    assert status(order=as_sent.format(orders[1])) == FRESH


def test_an_id_is_understood_in_lower_case_too(status, orders):
    shown = orders[0].shown_id
    assert status(order="ord_" + shown[4:].lower()) == FRESH


def test_a_batch_is_keyed_by_each_id_as_it_was_sent(status, orders):
    first, second, third = orders
    sent = f"{first.shown_id},{second.pk}, {third.shown_id} ,,{third.pk},{first.shown_id}, ord_nothing,999999,-1,é"
    assert status(orders=sent) == {
        first.shown_id: FRESH,
        str(second.pk): FRESH,
        third.shown_id: FRESH,
        str(third.pk): FRESH,
        "ord_nothing": NOT_FOUND,
        "999999": NOT_FOUND,
        "-1": NOT_FOUND,
        "é": NOT_FOUND,
    }


def test_a_batch_keeps_the_order_of_its_ids(status, orders):
    sent = [orders[2].shown_id, "7777777", str(orders[0].pk), orders[1].shown_id]
    assert list(status(orders=",".join(sent))) == sent


def test_a_batch_of_one_is_a_batch(status, orders):
    assert status(orders=orders[0].shown_id) == {orders[0].shown_id: FRESH}


def test_a_hundred_ids_are_answered_and_empty_ones_are_not_counted(status, orders):
    ids = [str(1_000_000 + number) for number in range(99)] + [orders[0].shown_id]
    answer = status(orders=",".join(ids) + "," * 50)
    assert list(answer) == ids
    assert answer.pop(orders[0].shown_id) == FRESH
    assert list(answer.values()) == [NOT_FOUND] * 99


def test_the_orders_of_others_are_as_if_they_were_not_there(status, add, bob, orders):
    foreign = add(bob).json["order"]
    number = str(Order.objects.get(account_id=bob.id).pk)
    assert status(orders=f"{foreign},{number},{orders[0].pk}") == {
        foreign: NOT_FOUND,
        number: NOT_FOUND,
        str(orders[0].pk): FRESH,
    }


def test_the_numbers_are_strings_and_the_charge_is_what_is_kept(status, orders):
    Order.objects.filter(pk=orders[0].pk).update(
        status=OrderStatus.PARTIAL,
        start_count=1234,
        remains=350,
        refunded=Decimal("0.315"),
        ended_at="2026-01-01T00:00Z",
    )
    assert status(order=orders[0].shown_id) == {
        "status": "partial",
        "charge": "0.585",
        "start_count": "1234",
        "remains": "350",
        "currency": "USD",
    }


def test_a_cancelled_order_has_cost_nothing(status, orders):
    Order.objects.filter(pk=orders[0].pk).update(
        status=OrderStatus.CANCELED, refunded=Decimal("0.90"), ended_at="2026-01-01T00:00Z"
    )
    assert status(order=orders[0].shown_id)["charge"] == "0.00"


def test_the_statuses_are_the_protocols_words():
    assert list(OrderStatus.values) == [
        "pending", "processing", "in_progress", "completed", "partial", "canceled", "failed",
    ]  # fmt: skip


@pytest.mark.parametrize("value", OrderStatus.values)
def test_every_status_is_answered_in_its_own_word(status, orders, value):
    ended = value in {"completed", "partial", "canceled", "failed"}
    Order.objects.filter(pk=orders[0].pk).update(status=value, ended_at="2026-01-01T00:00Z" if ended else None)
    assert status(order=orders[0].shown_id)["status"] == value


def test_an_order_id_is_its_prefix_and_twenty_six_letters(add, alice):
    shown = add(alice, link=LINK + "/2").json["order"]
    assert shown.startswith("ord_")
    assert len(shown) == 4 + 26
    assert set(shown[4:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_single_id_that_is_no_text_beside_a_batch_is_no_missing_order(post, alice, orders):
    answer = post(key=alice.key, action="status", order="a\0b", orders=orders[0].shown_id)
    assert (answer.status, answer.json) == (400, {"error": "Invalid parameter: order"})
