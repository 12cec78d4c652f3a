"""Writing past the code: the rules that the tables of webhooks hold by themselves."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from kit import clock, ids
from tests.breaking import refused_by
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.operations.testing import send_test

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(alice, listen):
    return listen(alice)


@pytest.fixture
def delivery(endpoint):
    send_test(endpoint_id=endpoint.pk)
    return Delivery.objects.get()


def another(endpoint, **changes):
    fields = {"public_id": ids.new_id(), "slot": 2, "created_at": clock.now(), "url": "https://example.com/"} | changes
    return Endpoint.objects.create(api_key_id=endpoint.api_key_id, account_id=endpoint.account_id, **fields)


def test_two_endpoints_of_a_key_in_one_slot(endpoint):
    with refused_by("endpoint_unique_slot"):
        another(endpoint, slot=1)
    another(endpoint, slot=2)
    Endpoint.objects.filter(pk=endpoint.pk).update(removed_at=clock.now())
    another(endpoint, slot=1)


@pytest.mark.parametrize("slot", [0, 6])
def test_a_slot_beyond_the_five(endpoint, slot):
    with refused_by("endpoint_slot_valid"):
        Endpoint.objects.update(slot=slot)


@pytest.mark.parametrize(
    ("disabled", "because"),
    [(True, ""), (True, "a mood"), (False, "gone"), (False, "failing"), (False, "operator"), (False, "owner")],
)
def test_disabled_without_a_reason_or_the_other_way_round(endpoint, disabled, because):
    with refused_by("endpoint_disabled_for_a_reason"):
        Endpoint.objects.update(disabled_at=clock.now() if disabled else None, disabled_because=because)


def test_an_old_secret_without_an_end_or_the_other_way_round(endpoint):
    with refused_by("endpoint_old_secret_ends"):
        Endpoint.objects.update(old_secret_encrypted="x")
    with refused_by("endpoint_old_secret_ends"):
        Endpoint.objects.update(old_secret_until=clock.now())


def test_the_same_event_twice_for_one_endpoint(delivery):
    with refused_by("delivery_once_per_endpoint"):
        Delivery.objects.create(
            event=delivery.event, endpoint=delivery.endpoint, body="{}", due_at=clock.now(), made_at=clock.now()
        )


def test_a_delivery_in_a_state_there_is_not(delivery):
    with refused_by("delivery_state_valid"):
        Delivery.objects.update(state="lost", ended_at=clock.now())


@pytest.mark.parametrize("state", ["delivered", "failed", "dropped"])
def test_a_delivery_that_ended_at_no_time_or_is_held_still(delivery, state):
    with refused_by("delivery_ended_at_when_ended"):
        Delivery.objects.update(state=state)
    with refused_by("delivery_ended_at_when_ended"):
        Delivery.objects.update(state=state, ended_at=clock.now(), claimed_until=clock.now() + timedelta(seconds=60))


def test_a_delivery_that_is_due_and_has_ended(delivery):
    with refused_by("delivery_ended_at_when_ended"):
        Delivery.objects.update(ended_at=clock.now())


@pytest.mark.parametrize(
    ("parent", "child", "column"),
    [
        ("webhooks_endpoint", "webhooks_delivery", "endpoint_id"),
        ("events_event", "webhooks_delivery", "event_id"),
        ("accounts_apikey", "webhooks_endpoint", "api_key_id"),
        ("accounts_user", "webhooks_endpoint", "account_id"),
        ("webhooks_delivery", "webhooks_attempt", "delivery_id"),
    ],
)
def test_one_that_points_to_what_there_is_not(delivery, parent, child, column):
    Attempt.objects.create(delivery=delivery, at=clock.now(), ms=1)
    with refused_by(_rule(child, column, parent=parent)), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {child} SET {column} = 999999999")


def _rule(table, column, *, parent=None):
    """Return the name that Django gave the rule: the foreign key to the parent, or the uniqueness of the column."""
    with connection.cursor() as cursor:
        rules = connection.introspection.get_constraints(cursor, table)
    (name,) = (
        name
        for name, rule in rules.items()
        if rule["columns"] == [column] and (rule["foreign_key"] == (parent, "id") if parent else rule["unique"])
    )
    return name


def test_two_endpoints_of_one_public_id(endpoint):
    with refused_by(_rule("webhooks_endpoint", "public_id")):
        another(endpoint, public_id=endpoint.public_id)


def test_every_rule_of_the_tables_is_tried_here():
    rules = {rule.name for model in (Endpoint, Delivery, Attempt) for rule in model._meta.constraints}
    tried = Path(__file__).read_text()
    assert {rule for rule in rules if f'"{rule}"' not in tried} == set()
