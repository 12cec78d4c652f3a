"""Blind repetitions at one instant, and over lost connections: one order, one charge. And with the guard off."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper

import wallets.operations
from orders.models import Order, Purchase, Request
from tests.api_v2.conftest import LINK, books_agree, charges
from tests.api_v2.losing_postgres import STATEMENTS_OF_AN_ADD, backend, lost_before_statement, terminate
from wallets.models import Entry, Wallet

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 40


@pytest.fixture
def alice(person):
    """A reseller whose program speaks the classic dialect, and has called before."""
    return person("alice", dialect="classic")


@pytest.fixture
def send(post, service, alice):
    """Order 1000 of the service as old programs do, without a request_id."""

    def order(**changes):
        form = {"service": service.pk, "link": LINK, "quantity": 1000} | changes
        return post(key=alice.key, action="add", **form)

    assert post(key=alice.key, action="balance").status == 200  # the key is cached from here on
    return order


def one_order_stands(post, alice, answer, balance="99.10") -> bool:
    assert answer.json == {"order": Order.objects.get().pk}
    assert charges(alice) == [Decimal("-0.90")]
    assert (Purchase.objects.count(), Request.objects.count()) == (1, 1)
    assert post(key=alice.key, action="balance").json["balance"] == balance
    return books_agree()


def test_forty_at_once_are_one_order_and_one_charge_though_there_is_money_for_one(post, send, alice, together):
    all_but = Decimal("-99.10")
    wallets.operations.adjust(account_id=alice.id, amount=all_but, reference="a", actor="test", reason="test")
    answers = together(AT_ONCE, lambda _: send())
    assert Counter(answer.headers.get("Idempotent-Replay") for answer in answers) == {"true": 39, None: 1}
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    assert one_order_stands(post, alice, answers[0], balance="0.00")


def test_control_with_a_window_of_zero_they_are_forty_orders_and_forty_charges(send, alice, together, settings):
    settings.DUPLICATES_WINDOW = 0
    answers = together(AT_ONCE, lambda _: send())
    assert len({answer.json["order"] for answer in answers}) == AT_ONCE
    assert charges(alice) == [Decimal("-0.90")] * AT_ONCE
    assert Order.objects.count() == AT_ONCE
    assert books_agree()


def test_forty_at_once_after_the_window_are_one_order_more(send, alice, together, held):
    first = send()
    held.forward(120)
    answers = together(AT_ONCE, lambda _: send())
    assert {answer.body for answer in answers} == {b'{"order":%d}' % Order.objects.latest("id").pk}
    assert answers[0].json != first.json
    assert Counter(answer.headers.get("Idempotent-Replay") for answer in answers) == {"true": 39, None: 1}
    assert charges(alice) == [Decimal("-0.90")] * 2
    assert books_agree()


def test_forty_at_once_beside_a_cancel_are_that_order_or_one_more(post, send, alice, together):
    first = send().json["order"]

    def one(number: int):
        if number == AT_ONCE // 2:
            return post(key=alice.key, action="cancel", order=first)
        return send()

    answers = together(AT_ONCE, one)
    assert answers.pop(AT_ONCE // 2).json == [{"order": first, "cancel": 1}]
    given = {answer.json["order"] for answer in answers}
    assert given <= set(Order.objects.values_list("id", flat=True))
    assert dict(Order.objects.values_list("id", "status")) == {first: "canceled"} | dict.fromkeys(
        given - {first}, "pending"
    )
    assert len(given - {first}) <= 1
    assert Entry.objects.filter(counter="sales").count() == len(given | {first}) + 1  # charges and one refund
    last = send().json["order"]
    assert given <= {first, last}
    assert Wallet.objects.get(account_id=alice.id).balance == Decimal("99.10")
    assert books_agree()


@pytest.mark.parametrize("window", [0, 120])
def test_a_connection_lost_at_any_statement_buys_once(send, alice, settings, window):
    settings.DUPLICATES_WINDOW = window
    answers = []
    for number in range(1, STATEMENTS_OF_AN_ADD + 1):
        with lost_before_statement(number):
            answers.append(send(quantity=1000 + number))
    ordered = Order.objects.order_by("id").values_list("id", "quantity")
    assert [(answer.json["order"], 1001 + at) for at, answer in enumerate(answers)] == list(ordered)
    assert len(charges(alice)) == Purchase.objects.count() == Request.objects.count() == STATEMENTS_OF_AN_ADD
    assert books_agree()


@pytest.mark.parametrize(("window", "made"), [(0, True), (1, True), (120, False)])
def test_a_connection_lost_at_the_commit_buys_once_however_late_that_is_known(
    post, send, alice, settings, monkeypatch, held, window, made
):
    settings.DUPLICATES_WINDOW = window
    commits = []
    commit = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def lost(self):
        commits.append(self)
        if len(commits) > 1:
            return commit(self)
        if made:
            commit(self)
        held.forward(10)
        terminate(backend())
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(DatabaseWrapper, "_commit", lost)
    answer = send()
    assert len(commits) == 2
    assert ("Idempotent-Replay" in answer.headers) == made
    assert one_order_stands(post, alice, answer)
