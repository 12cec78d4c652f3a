"""What a test that commits leaves to the next one: nothing, and every rule of the database in force."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import Tier, User
from events.models import Event
from tests import emptying
from tests.breaking import refused_by
from tests.emptying import empty_database
from wallets.models import Entry, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["a few rows", "tables grown large"])
def emptied(request, monkeypatch, person):
    """Leave rows, and empty the database of them; return the person they were of."""
    if request.param == "tables grown large":
        monkeypatch.setattr(emptying, "GROWN", 0)
    alice = person("alice")
    assert Entry.objects.count() == 1
    assert Event.objects.exists()
    empty_database()
    return alice


def test_no_row_is_left_but_what_migrations_know_of_themselves(emptied):
    assert emptying._tables_with_rows() == {}
    assert [model.objects.count() for model in (User, Wallet, Entry, Event, Tier)] == [0, 0, 0, 0, 0]
    assert MigrationRecorder(connection).applied_migrations()


def test_numbers_go_on(emptied, person):
    Tier.objects.create(name="Standard", deposits_from=0, requests_per_minute=200)
    assert person("bob").id > emptied.id


@pytest.mark.parametrize(("model", "rule"), [(Entry, "entry_append_only"), (Event, "event_append_only")])
def test_what_is_only_ever_added_to_can_again_not_be_deleted(emptied, person, model, rule):
    Tier.objects.create(name="Standard", deposits_from=0, requests_per_minute=200)
    person("bob")
    with refused_by(rule):
        model.objects.all().delete()
    assert model.objects.exists()


def test_with_nothing_to_empty_nothing_is_said_to_the_database(emptied, django_assert_num_queries):
    with django_assert_num_queries(1):
        empty_database()
