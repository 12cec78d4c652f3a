"""Many orders at once take the balance across its threshold: one of them tells of it, whoever it is.

ROUNDS says how many times: 3 unless the environment has it.
"""

import itertools
import os
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

import accounts.operations
import wallets.operations
from events.models import Event
from orders.operations import place
from tests.books import assert_books_agree
from tests.racing import PATIENCE, at_once
from tests.webhooks.conftest import told
from tests.webhooks.crossings import crossings, lows
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("ROUNDS", "3"))
ORDERS = 50
THRESHOLD = Decimal(10)
ONE = Decimal(1)
numbers = itertools.count(1)
BEYOND = 999_000_000  # no real order of the tests has such a number


def bring_to(person, amount: int) -> None:
    """Deposit what is missing from the amount."""
    missing = amount - Wallet.objects.get(pk=person.id).balance
    accounts.operations.deposit(account_id=person.id, amount=missing, reference=f"up-{next(numbers)}", actor="the test")


def balance(person) -> Decimal:
    return Wallet.objects.values_list("balance", flat=True).get(pk=person.id)


def charge(person) -> None:
    wallets.operations.charge(account_id=person.id, amount=ONE, reference=f"order:{BEYOND + next(numbers)}:charge")


# The controls: the same fifty debits of 1 on 55, decided beside the debit instead of by it. Whoever makes one of the
# last five finds less than 10 after it, having read 55 before.


def decided_by_what_is_read_afterwards(person, everyone: threading.Barrier) -> bool:
    charge(person)
    everyone.wait(PATIENCE)
    after = balance(person)
    return after < THRESHOLD <= after + ONE


def decided_by_what_is_read_before_and_afterwards(person, everyone: threading.Barrier) -> bool:
    before = balance(person)
    everyone.wait(PATIENCE)
    charge(person)
    return balance(person) < THRESHOLD <= before


@pytest.mark.parametrize(
    ("decide", "at_least", "at_most"),
    [(decided_by_what_is_read_afterwards, 0, 0), (decided_by_what_is_read_before_and_afterwards, 5, ORDERS)],
)
def test_decided_outside_the_debit_a_crossing_is_told_of_never_or_many_times(
    decide: Callable[..., bool], at_least, at_most, person
):
    alice = person("alice", deposit="55")
    everyone = threading.Barrier(ORDERS)
    decisions = at_once(*[partial(decide, alice, everyone)] * ORDERS)
    assert at_least <= decisions.count(True) <= at_most
    assert decisions.count(True) + decisions.count(False) == ORDERS, decisions
    assert lows(alice.id) == ["9.00"], "beside which the debit itself has told of it once"


@pytest.mark.parametrize("through", ["the operation", "the API"])
def test_fifty_orders_at_once_across_the_threshold_tell_of_it_once(through, person, sell, listen, post, settings):
    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = 1_000_000
    settings.RATE_LIMIT_TIER = False
    alice = person("alice", deposit="0.01")
    endpoint = listen(alice, "http://127.0.0.1:9999/", "balance.low")
    form = {"service": str(sell(rate="1.00").pk), "link": "https://example.com/p", "quantity": "1000"}

    def order_by_operation() -> bool:
        return not place(account_id=alice.id, params=form, request_id=f"r-{next(numbers)}").replayed

    def order_by_api() -> bool:
        status: int = post(key=alice.key, action="add", request_id=f"r-{next(numbers)}", **form).status
        return status == 200

    order = order_by_api if through == "the API" else order_by_operation
    for done in range(1, ROUNDS + 1):
        bring_to(alice, 55)
        assert at_once(*[order] * ORDERS) == [True] * ORDERS
        assert balance(alice) == 5
        assert lows(alice.id) == ["9.00"] * done
    assert [data["balance"] for _, data in told(endpoint)] == ["9.00"] * ROUNDS
    assert_books_agree()


def test_debits_and_deposits_at_once_tell_of_each_crossing_once(alice, listen):
    """What was told is what the entries say, whoever came first; also where some of it is rolled back."""
    endpoint = listen(alice, "http://127.0.0.1:9999/", "balance.low")

    def down(amount: str) -> None:
        wallets.operations.charge(account_id=alice.id, amount=Decimal(amount), reference=f"c-{next(numbers)}")

    def up(amount: str) -> None:
        wallets.operations.deposit(account_id=alice.id, amount=Decimal(amount), reference=f"d-{next(numbers)}")

    def think_better_of_it() -> None:
        with transaction.atomic():
            down("6.5")
            transaction.set_rollback(True)

    def correct(amount: str) -> None:
        who = {"actor": "the test", "reason": "to and fro"}
        wallets.operations.adjust(account_id=alice.id, amount=Decimal(amount), reference=f"a-{next(numbers)}", **who)

    calls: list[Callable[[], None]] = [partial(down, "3.3"), partial(down, "1.9"), partial(correct, "-2")]
    calls += [partial(up, "5.1"), partial(correct, "2.1"), think_better_of_it]
    for _ in range(ROUNDS):
        if balance(alice) != 12:
            correct(str(12 - balance(alice)))
        results = at_once(*calls * 6)
        refused = [each for each in results if each is not None]
        assert all(isinstance(each, wallets.operations.InsufficientBalance) for each in refused), refused
    expected = crossings(alice.id, THRESHOLD)
    assert expected, "nothing was crossed: the test shows nothing"
    assert lows(alice.id) == expected
    assert [data["balance"] for _, data in told(endpoint)] == expected
    assert Event.objects.filter(kind="balance.low").count() == len(expected)
    assert_books_agree(documents=False)
