"""A fact is put into the outbox of each endpoint that listens, with the change that it tells of."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

import accounts.operations
import wallets.operations
from accounts.models import ApiKey
from alerts.models import Alert
from events.models import Event
from events.operations import record
from kit import clock, ids
from orders.models import Order
from orders.operations import buying, place
from providers.outcomes import Placed
from tests.webhooks.conftest import told
from wallets.models import Wallet
from webhooks import dialects
from webhooks.kinds import TEST
from webhooks.models import Delivery, Endpoint
from webhooks.operations import fanning_out

pytestmark = pytest.mark.django_db
LOW = ("balance.low", {"balance": "9.00", "threshold": "10.00", "currency": "USD"})


def spend(person, amount, reference):
    wallets.operations.charge(account_id=person.id, amount=Decimal(amount), reference=reference)


def key_of(person):
    return ApiKey.objects.get(account_id=person.id)


def test_a_low_balance_is_told_to_every_endpoint_of_the_account_that_wants_it(alice, bob, listen):
    everything, wanted = listen(alice), listen(alice, "http://127.0.0.1:9999/", "balance.low")
    other, bobs = listen(alice, "http://127.0.0.1:9999/", "order.completed"), listen(bob)
    spend(alice, "91", "order:999000001:charge")
    assert told(everything) == told(wanted) == [LOW]
    assert told(other) == told(bobs) == []


def test_endpoints_of_any_key_of_the_account_hear_of_it(alice):
    made = endpoints_of(alice, 6)
    assert made[0].api_key_id != made[5].api_key_id
    spend(alice, "91", "order:999000001:charge")
    assert [told(each) for each in made] == [[LOW]] * 6


def test_what_is_rolled_back_is_not_told(alice, listen):
    endpoint = listen(alice)
    with transaction.atomic():
        spend(alice, "91", "order:999000001:charge")
        assert told(endpoint) == [LOW]
        transaction.set_rollback(True)
    assert told(endpoint) == []
    assert not Event.objects.filter(kind="balance.low").exists()


def test_an_endpoint_that_is_added_later_hears_nothing_of_it(alice, listen):
    spend(alice, "91", "order:999000001:charge")
    assert told(listen(alice)) == []


@pytest.mark.parametrize(
    "end",
    [
        lambda endpoint: Endpoint.objects.update(removed_at=clock.now()),
        lambda endpoint: Endpoint.objects.update(disabled_at=clock.now(), disabled_because="operator"),
        lambda endpoint: accounts.operations.revoke_key(key_id=endpoint.api_key_id),
        lambda endpoint: ApiKey.objects.update(expires_at=clock.now() - timedelta(seconds=1)),
    ],
    ids=["removed", "disabled", "its key revoked", "its key expired"],
)
def test_an_endpoint_that_has_ended_hears_nothing(end, alice, listen):
    endpoint = listen(alice)
    end(endpoint)
    spend(alice, "91", "order:999000001:charge")
    assert Event.objects.filter(kind="balance.low").exists()
    assert told(endpoint) == []


def test_a_key_that_has_not_expired_yet_hears_of_it(alice, listen):
    endpoint = listen(alice)
    ApiKey.objects.update(expires_at=clock.now() + timedelta(minutes=1))
    spend(alice, "91", "order:999000001:charge")
    assert told(endpoint) == [LOW]


def test_a_regenerated_keys_endpoints_go_on_hearing(alice, listen):
    endpoint = listen(alice)
    accounts.operations.regenerate_key(key_id=key_of(alice).pk)
    spend(alice, "91", "order:999000001:charge")
    assert told(endpoint) == [LOW]


@pytest.mark.parametrize("kind", ["order.pending", "order.placed", TEST, "alert.cleared"])
def test_what_is_no_event_of_the_account_is_told_to_nobody_and_looks_nothing_up(kind, alice, listen):
    endpoint = listen(alice)
    with CaptureQueriesContext(connection) as spent:
        record(kind=kind, subject="order", subject_id=1, account_id=alice.id, announce=True)
    assert len(spent) == 1, "the fact itself"
    assert told(endpoint) == []


@pytest.fixture
def processing(alice, service):
    """Return a call that has an order of alice's bought, which is told as order.processing."""

    def buy() -> Order:
        params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
        placed = place(account_id=alice.id, params=params, request_id=str(ids.new_id()))
        claimed = buying.claim([])
        assert claimed is not None
        buying.record(claimed, Placed(f"their-{placed.id}"))
        return Order.objects.get(pk=placed.id)

    return buy


def statements(call):
    """Return what a call sent to the database, without its savepoints."""
    with CaptureQueriesContext(connection) as spent:
        call()
    return [each["sql"] for each in spent.captured_queries if "SAVEPOINT" not in each["sql"]]


def test_an_account_without_endpoints_costs_one_statement_more_for_each_event(alice, processing, monkeypatch):
    processing()
    looked = statements(processing)
    monkeypatch.setattr(fanning_out, "KINDS", {})
    without = statements(processing)
    assert len(looked) == len(without) + 1
    (more,) = (each for each in looked if "webhooks_" in each)
    assert "FROM webhooks_endpoint" in more


def endpoints_of(person, number):
    """Return as many endpoints of an account as there are wanted, over as many keys as that takes."""
    made: list[Endpoint] = []
    key = key_of(person)
    for each in range(number):
        if each % 5 == 0 and each:
            key, _ = accounts.operations.issue_key(account_id=person.id, name=f"{each}")
        made.append(
            Endpoint(
                public_id=ids.new_id(),
                api_key=key,
                account_id=person.id,
                slot=each % 5 + 1,
                url="https://example.com/",
                secret_encrypted="x",
                created_at=clock.now(),
            )
        )
    return Endpoint.objects.bulk_create(made)


def test_the_most_endpoints_an_account_can_have_are_told_by_one_statement(alice):
    made = endpoints_of(alice, 50)
    sent = statements(lambda: spend(alice, "91", "order:999000001:charge"))
    # The money, the fact, who listens, and the outbox.
    assert [each.split()[0] for each in sent if each.split()[0] not in {"BEGIN", "COMMIT"}] == [
        "WITH",
        "INSERT",
        "SELECT",
        "INSERT",
    ]
    assert Delivery.objects.count() == 50
    assert [told(each) for each in made] == [[LOW]] * 50


def test_a_hundred_deliveries_are_one_insert(alice, bob):
    made = endpoints_of(alice, 50) + endpoints_of(bob, 50)
    event = record(kind="balance.low", subject="account", subject_id=alice.id)
    sent = statements(lambda: fanning_out.queue(event, {each.pk: "{}" for each in made}))
    assert [each.split()[0] for each in sent] == ["INSERT"]
    assert Delivery.objects.count() == 100


def not_written(caplog):
    """Return what the log says of facts that could not be put into words."""
    return [each.getMessage() for each in caplog.records if each.name == "webhooks.operations.fanning_out"]


@pytest.mark.parametrize("broken", ["facts_of", "dialects"])
def test_a_mistake_in_writing_it_down_is_told_to_the_operator_and_the_order_goes_on(
    broken, alice, listen, processing, monkeypatch, caplog
):
    def fail(*args):
        raise KeyError("a mistake")

    endpoint = listen(alice)
    if broken == "facts_of":
        monkeypatch.setattr(fanning_out, "facts_of", fail)
    else:
        monkeypatch.setattr(dialects, "_writers", {"standard": fail})
    order = processing()
    assert order.status == "processing"
    assert told(endpoint) == []
    event = Event.objects.get(kind="order.processing")
    assert not_written(caplog) == [f"event {event.pk} (order.processing) could not be written for webhooks"]
    assert Alert.objects.get(kind="webhooks.not_written").text == (
        "order.processing was not told to webhooks: it could not be written down. The log says why."
    )


def test_a_mistake_in_one_dialect_leaves_the_others_their_facts(alice, monkeypatch, caplog):
    def fail(facts):
        raise KeyError("a mistake")

    standard, *_, classic = endpoints_of(alice, 6)  # over two keys
    accounts.operations.edit_key(key_id=classic.api_key_id, dialect="classic")
    monkeypatch.setattr(dialects, "_writers", dialects._writers | {"classic": fail})
    spend(alice, "91", "order:999000001:charge")
    assert (told(standard), told(classic)) == ([LOW], [])
    assert len(not_written(caplog)) == 1


def test_a_body_that_is_too_large_is_not_written(alice, listen, monkeypatch, caplog):
    endpoint = listen(alice)
    monkeypatch.setattr(dialects, "_writers", {"standard": lambda facts: {"much": "x" * 20_000}})
    spend(alice, "91", "order:999000001:charge")
    assert told(endpoint) == []
    assert len(not_written(caplog)) == 1


def test_an_error_of_the_database_undoes_the_change_that_it_would_have_told_of(alice, listen, monkeypatch):
    def fail(event):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    endpoint = listen(alice)
    monkeypatch.setattr(fanning_out, "facts_of", fail)
    with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
        spend(alice, "91", "order:999000001:charge")
    assert Wallet.objects.get(pk=alice.id).balance == 100
    assert told(endpoint) == []
    assert not Alert.objects.exists()
