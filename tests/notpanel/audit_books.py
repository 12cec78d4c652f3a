"""`audit_books`: both proofs in one snapshot, in words and in JSON."""

import io
from decimal import Decimal
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection

import events.operations
import wallets.operations
from orders.models import Order
from orders.operations import place
from tests.books import assert_books_agree, audited
from tests.racing import at_once
from wallets.models import Entry, Wallet
from wallets.operations import charge, refund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(alice, service):
    """Return an order of alice's that has been charged 0.90 USD."""
    params = {"service": str(service.pk), "link": "https://example.com/a", "quantity": "1000"}
    placed = place(account_id=alice.id, params=params, request_id="1")
    return Order.objects.get(pk=placed.id)


def printed():
    """Run the command; return its exit status and its lines."""
    out = io.StringIO()
    try:
        call_command("audit_books", stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_books_without_anything_in_them_agree(tiers):
    assert printed() == (0, ["The books agree: 0 wallets and 0 orders looked at."])


def test_books_that_were_kept_agree(order, bob):
    assert printed() == (0, ["The books agree: 2 wallets and 1 orders looked at."])
    assert audited() == {
        "agree": True,
        "wallets": 2,
        "orders": 1,
        "broken_wallets": [],
        "broken_orders": [],
        "stray_entries": [],
    }


def test_a_broken_wallet_is_named_and_the_exit_status_is_1(order, alice):
    Wallet.objects.filter(pk=alice.id).update(balance=100)
    problem = "the balance is 100.00, its entries add up to 99.10"
    assert printed() == (
        1,
        [
            "The books do not agree: 1 wallets and 1 orders looked at.",
            f"wallet of account {alice.id}: {problem}",
        ],
    )
    assert audited()["broken_wallets"] == [{"account": alice.id, "problem": problem}]
    assert audited()["agree"] is False


def test_an_order_whose_charge_is_not_its_entrys_is_named(order, alice):
    Order.objects.filter(pk=order.pk).update(charge=Decimal("0.80"))
    problem = "the order says charged 0.80 and refunded 0.00, its entries charged 0.90 and refunded 0.00"
    assert printed() == (
        1,
        [
            "The books do not agree: 1 wallets and 1 orders looked at.",
            f"order {order.pk} of account {alice.id}: {problem}",
        ],
    )
    assert audited()["broken_orders"] == [{"order": order.pk, "account": alice.id, "problem": problem}]


def test_a_refund_that_the_order_does_not_know_of_is_found(order, alice):
    refund(account_id=alice.id, amount=Decimal("0.90"), reference=f"order:{order.pk}:refund:0.90")
    (broken,) = audited()["broken_orders"]
    assert broken["order"] == order.pk
    assert audited()["broken_wallets"] == []


def test_a_charge_in_another_ones_wallet_is_found_for_both(order, alice, bob):
    charge(account_id=bob.id, amount=Decimal("0.90"), reference=f"order:{order.pk}:again")
    assert audited()["broken_orders"] == [
        {
            "order": order.pk,
            "account": bob.id,
            "problem": "entries say charged 0.90 and refunded 0.00, but there is no such order",
        }
    ]


def test_a_sale_that_names_no_order_is_found(alice):
    charge(account_id=alice.id, amount=Decimal(1), reference="by hand")
    said = f"by hand of account {alice.id}: -1.00 against sales, but it names no order"
    assert audited()["stray_entries"] == [said]
    assert printed() == (1, ["The books do not agree: 1 wallets and 0 orders looked at.", f"entry {said}"])


def test_a_deposit_that_nobody_made_is_found(alice):
    wallets.operations.deposit(account_id=alice.id, amount=Decimal(5), reference="deposit:by hand")
    assert audited()["stray_entries"] == [
        f"deposit:by hand of account {alice.id}: the wallet was given 5.00, its event says nothing"
    ]


def test_a_deposit_that_never_reached_the_wallet_is_found(alice):
    events.operations.record(
        kind="wallet.deposited",
        subject="account",
        subject_id=alice.id,
        account_id=alice.id,
        data={"amount": "5.00", "reference": "lost"},
    )
    assert audited()["stray_entries"] == [
        f"deposit:lost of account {alice.id}: the wallet was given nothing, its event says 5.00"
    ]


def test_what_is_committed_between_the_two_proofs_is_in_neither(alice):
    """A charge for an order that never was comes in while the audit is between its statements."""
    unknown_order = partial(charge, account_id=alice.id, amount=Decimal(1), reference="order:999:charge")
    between: list[object] = []

    def intrude(execute, sql, params, many, context):
        if "orders_order" in sql and not between:
            between.extend(at_once(unknown_order))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(intrude):
        assert_books_agree()
    assert [getattr(each, "moved", each) for each in between] == [True]
    assert [each["order"] for each in audited()["broken_orders"]] == [999]


def test_it_changes_nothing(order):
    before = list(Wallet.objects.values()), list(Entry.objects.values()), list(Order.objects.values())
    assert_books_agree()
    assert (list(Wallet.objects.values()), list(Entry.objects.values()), list(Order.objects.values())) == before
