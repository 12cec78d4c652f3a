"""The rules of orders, held by the database against whoever writes past the code."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from orders.models import Order, Purchase, Request

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(order_of):
    return order_of()


def broken_by(statement: str) -> str:
    """Return the name of the constraint that refuses the statement."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    cause = refused.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return str(cause.diag.constraint_name)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("status = 'lost', ended_at = now()", "order_status_valid"),
        ("refunded = charge + 0.00000001", "order_refunded_within_charge"),
        ("refunded = -1", "order_refunded_within_charge"),
        ("remains = quantity + 1", "order_remains_within_quantity"),
        ("status = 'completed'", "order_ended_at_when_ended"),
        ("ended_at = now()", "order_ended_at_when_ended"),
        ("runs = 0, interval = 1", "order_runs_positive"),
        ("runs = 2", "order_runs_have_an_interval"),
        ("runs = 2, interval = 0", "order_runs_have_an_interval"),
        ("runs = 3, interval = 1", "order_runs_share_the_quantity"),
    ],
)
def test_an_order_cannot_be(change, rule, order):
    assert broken_by(f"UPDATE orders_order SET {change}") == rule
    assert Order.objects.get().status == "pending"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("state = 'lost'", "purchase_state_valid"),
        ("state = 'placed'", "purchase_placed_has_provider_order_id"),
        ("state = 'done'", "purchase_placed_has_provider_order_id"),
    ],
)
def test_a_purchase_cannot_be(change, rule, order):
    assert broken_by(f"UPDATE orders_purchase SET {change}") == rule


def copy_of_the_purchase(**changes: object) -> str:
    columns = [str(each.column) for each in Purchase._meta.concrete_fields if each.column != "id"]
    values = [f"'{changes[column]}'" if column in changes else column for column in columns]
    return f"INSERT INTO orders_purchase ({', '.join(columns)}) SELECT {', '.join(values)} FROM orders_purchase"


def test_a_run_has_one_live_purchase(order):
    assert broken_by(copy_of_the_purchase(attempt=2)) == "purchase_one_live_per_run"


def test_an_attempt_is_made_once(order):
    assert broken_by(copy_of_the_purchase(state="refused")) == "purchase_unique_attempt"


def test_a_provider_order_is_ours_once(order):
    Purchase.objects.update(provider_order_id="77", state="refused")
    assert broken_by(copy_of_the_purchase(run=2)) == "purchase_unique_at_provider"


def test_a_request_makes_one_order(order):
    again = (
        "INSERT INTO orders_request (account_id, key, digest, order_id, at)"
        " SELECT account_id, key, digest, order_id, at FROM orders_request"
    )
    assert broken_by(again) == "order_unique_request"
    assert Request.objects.count() == 1
