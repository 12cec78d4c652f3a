"""A fact is put into the outbox of each endpoint that listens, with the change that it tells of."""

from decimal import Decimal

import pytest
from django.db import transaction

import wallets.operations
from tests.webhooks.conftest import told

pytestmark = pytest.mark.django_db


def spend(person, amount, reference):
    wallets.operations.charge(account_id=person.id, amount=Decimal(amount), reference=reference)


def test_a_low_balance_is_told_to_every_endpoint_of_the_account_that_wants_it(alice, bob, listen):
    everything, wanted = listen(alice), listen(alice, "http://127.0.0.1:9999/", "balance.low")
    other, bobs = listen(alice, "http://127.0.0.1:9999/", "order.completed"), listen(bob)
    spend(alice, "90", "order:1:charge")
    spend(alice, "0.01", "order:2:charge")
    spend(alice, "1", "order:3:charge")
    low = ("balance.low", {"balance": "9.99", "threshold": "10.00", "currency": "USD"})
    assert told(everything) == told(wanted) == [low]
    assert told(other) == told(bobs) == []


def test_what_is_rolled_back_is_not_told(alice, listen):
    endpoint = listen(alice)
    with transaction.atomic():
        spend(alice, "91", "order:1:charge")
        assert len(told(endpoint)) == 1
        transaction.set_rollback(True)
    assert told(endpoint) == []
