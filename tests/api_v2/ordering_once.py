"""One request_id, one order, one charge, however many arrive at one instant. Beside the race with the guard off."""

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection, transaction

import kit.redis
import wallets.operations
from orders.models import Order, Purchase, Request
from tests.api_v2.conftest import books_agree, charges, everything
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 40


@pytest.mark.parametrize("deposit", ["100", "0.90"])
def test_forty_at_once_with_one_request_id_are_one_order_and_one_charge(add, person, together, deposit):
    alice = person("alice", deposit=deposit)
    answers = together(AT_ONCE, lambda _: add(alice))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert Counter(answer.headers.get("Idempotent-Replay") for answer in answers) == {"true": 39, None: 1}
    assert charges(alice) == [Decimal("-0.90")]
    assert (Order.objects.count(), Purchase.objects.count(), Request.objects.count()) == (1, 1, 1)
    assert books_agree()


def test_forty_at_once_on_a_balance_that_is_too_low_are_forty_refusals(add, person, together):
    alice = person("alice", deposit="0.89")
    before = everything()
    answers = together(AT_ONCE, lambda _: add(alice))
    assert {(answer.status, answer.body) for answer in answers} == {(400, b'{"error":"Insufficient balance"}')}
    assert everything() == before


def test_forty_at_once_on_a_balance_spent_since_are_forty_equal_answers(add, person, together):
    alice = person("alice", deposit="0.90")
    first = add(alice)
    answers = together(AT_ONCE, lambda _: add(alice))
    assert {(answer.status, answer.body) for answer in answers} == {(200, first.body)}
    assert {answer.headers.get("Idempotent-Replay") for answer in answers} == {"true"}
    assert charges(alice) == [Decimal("-0.90")]
    assert books_agree()


def test_forty_orders_at_once_on_a_balance_for_ten_are_ten_orders(add, person, together):
    alice = person("alice", deposit="9.00")
    answers = together(AT_ONCE, lambda number: add(alice, request_id=f"r-{number}"))
    assert Counter(answer.status for answer in answers) == {200: 10, 400: 30}
    assert {answer.body for answer in answers if answer.status == 400} == {b'{"error":"Insufficient balance"}'}
    assert len({answer.body for answer in answers if answer.status == 200}) == 10
    assert Wallet.objects.get(account_id=alice.id).balance == 0
    assert (Order.objects.count(), Request.objects.count(), len(charges(alice))) == (10, 10, 10)
    assert books_agree()


def test_two_bodies_at_once_with_one_request_id_are_one_order_and_conflicts(add, alice, together):
    answers = together(AT_ONCE, lambda number: add(alice, quantity=1000 + number % 2))
    placed = {answer.body for answer in answers if answer.status == 200}
    refused = {answer.body for answer in answers if answer.status != 200}
    assert len(placed) == 1
    assert refused == {b'{"error":"request_id was already used for a different order"}'}
    assert Counter(answer.status for answer in answers) == {200: 20, 400: 20}
    assert Order.objects.count() == len(charges(alice)) == 1
    assert books_agree()


def test_forty_at_once_without_redis_are_one_order_as_well(add, alice, together, monkeypatch, dead_redis):
    monkeypatch.setattr(kit.redis, "_breaker", dead_redis)
    answers = together(AT_ONCE, lambda _: add(alice))
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    assert (Order.objects.count(), charges(alice)) == (1, [Decimal("-0.90")])
    assert books_agree()


def test_control_checking_first_and_inserting_then_charges_everyone(alice, together):
    """What the one statement of orders/operations/placing.py is for: the same race with the guard off."""
    all_have_looked = threading.Barrier(AT_ONCE)

    def check_then_insert(number: int) -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM wallets_entry WHERE reason = 'request r-1'")
            known = cursor.fetchone() is not None
            all_have_looked.wait(timeout=60)
            if not known:
                wallets.operations.charge(
                    account_id=alice.id, amount=Decimal("0.90"), reference=f"control:{number}", reason="request r-1"
                )
            return not known

    assert sum(together(AT_ONCE, check_then_insert)) == AT_ONCE
    assert len(charges(alice)) == AT_ONCE
