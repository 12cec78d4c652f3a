"""An endpoint whose key speaks the classic dialect is told numbers for ids, and that dialect's words."""

from decimal import Decimal

import pytest

import accounts.operations
import wallets.operations
from accounts.models import ApiKey
from orders.models import Order, Purchase
from orders.operations import buying, following, refills
from providers.following import StatusNews
from providers.outcomes import Refused
from tests.orders.subscribed import followed, posts_service, say, size, take
from tests.webhooks.conftest import told
from tests.webhooks.verifying import secret_of, verified
from tests.webhooks.witness import witness
from webhooks.dispatching import dispatch
from webhooks.operations import endpoints
from webhooks.operations.testing import MESSAGE, send_test

__all__ = ["posts_service", "witness"]
pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"actor": "operator@example.com", "reason": "seen to"}


@pytest.fixture
def alice(person):
    """A reseller with 100 USD whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


@pytest.fixture
def add(post, alice, sell):
    """Order 1000 through the API, for 0.90, at a service that refills."""

    def send(**changes) -> Order:
        form = {
            "service": sell(refill=True, refill_by_hand=True).pk,
            "link": "https://example.com/p",
            "quantity": 1000,
        } | changes
        number = post(key=alice.key, action="add", **form).json["order"]
        return Order.objects.get(pk=number)

    return send


def hears(order: Order, *news: StatusNews) -> None:
    """Have the provider take the order, and say all this of it."""
    take()
    for each in news:
        following.learn(followed(Purchase.objects.get(order=order)), each)


def about(order: Order, status: str, **members: str) -> dict[str, object]:
    """Return what is told of the order, but for what is given here."""
    named = {"order": order.pk, "service": order.service_id, "request_id": "", "status": status}
    return {**named, "charge": "0.90", "start_count": "0", "remains": "1000", "currency": "USD", **members}


def test_an_order_on_its_way_has_its_number_and_words(add, alice, witness):
    heard = witness(alice)
    order = add(request_id="r-1")
    hears(order, StatusNews("in_progress", remains=500, start_count=7), StatusNews("completed", remains=0))
    named = {"request_id": "r-1"}
    assert heard.kinds == ["order.processing", "order.in_progress", "order.completed"]
    assert heard.told("order.processing") == about(order, "Processing", **named)
    half = {"start_count": "7", "remains": "500"}
    assert heard.told("order.in_progress") == about(order, "In progress", **half, **named)
    assert heard.told("order.completed") == about(order, "Completed", start_count="7", remains="0", **named)


@pytest.mark.parametrize(
    ("said", "kind", "word", "kept", "remains", "refund", "balance"),
    [
        ("partial", "order.partial", "Partial", "0.54", "400", "0.36", "99.46"),
        ("canceled", "order.canceled", "Canceled", "0.00", "1000", "0.90", "100.00"),
        (None, "order.failed", "Canceled", "0.00", "1000", "0.90", "100.00"),
    ],
)
def test_an_order_that_ends_short_has_its_refund(said, kind, word, kept, remains, refund, balance, add, alice, witness):
    heard = witness(alice)
    order = add()
    if said is None:
        claimed = buying.claim([])
        assert claimed is not None
        buying.record(claimed, Refused("no such link"))
    else:
        hears(order, StatusNews(said, remains=int(remains)))
    ended = about(order, word, charge=kept, remains=remains)
    assert heard.kinds[-2:] == [kind, "order.refunded"]
    assert heard.told(kind) == ended
    assert heard.told("order.refunded") == ended | {"refund": refund, "balance": balance}


@pytest.mark.parametrize(
    ("decide", "kind", "word"),
    [
        (refills.complete, "refill.completed", "Completed"),
        (refills.reject, "refill.rejected", "Rejected"),
    ],
)
def test_a_refill_has_its_number_its_orders_and_a_word(decide, kind, word, post, add, alice, witness):
    heard = witness(alice)
    order = add()
    hears(order, StatusNews("completed", remains=0))
    number = int(post(key=alice.key, action="refill", order=order.pk).json["refill"])
    decide(refill_id=number, **WHO)
    assert heard.told(kind) == {"refill": number, "order": order.pk, "status": word}


def test_a_subscription_is_told_as_it_is_answered_and_its_posts_as_orders(post, alice, posts_service, witness):
    heard = witness(alice)
    form = {"service": posts_service.pk, "username": "alice", "min": 100, "max": 1000, "delay": 0, "posts": 1}
    order = Order.objects.get(pk=post(key=alice.key, action="add", request_id="s-1", **form).json["order"])
    take()
    say(order, "active", "p1")
    size("p1", 1000)
    child = Order.objects.get(parent=order)
    say(order, "completed", "p1")
    named = {"order": order.pk, "service": posts_service.pk, "request_id": "s-1"}
    of_it = [each["data"] for each in heard.bodies if each["data"]["order"] == order.pk]
    assert [set(each) for each in of_it] == [{*named, "status", "expiry", "posts", "orders"}] * len(of_it)
    assert [(each["status"], each["posts"], each["orders"]) for each in of_it][-1] == ("Completed", "1", [child.pk])
    assert {each["status"] for each in of_it[:-1]} == {"Active"}
    of_post = [each["data"] for each in heard.bodies if each["data"]["order"] == child.pk]
    assert of_post == [about(child, "Processing")]


def test_what_is_about_no_order_is_alike_in_both(person, listen):
    bob = person("bob", dialect="classic")
    classic = listen(bob)
    other, _ = accounts.operations.issue_key(account_id=bob.id, dialect="standard")
    standard, _ = endpoints.add(api_key_id=other.pk, url="http://127.0.0.1:9999/")
    wallets.operations.charge(account_id=bob.id, amount=Decimal(91), reference="order:999000001:charge")
    for endpoint in (classic, standard):
        send_test(endpoint_id=endpoint.pk)
    low = {"balance": "9.00", "threshold": "10.00", "currency": "USD"}
    assert told(classic) == told(standard) == [("balance.low", low), ("webhook.test", {"message": MESSAGE})]


def test_each_of_two_keys_is_told_of_one_fact_in_its_own_dialect(post, add, alice, listen):
    classic = listen(alice)
    key, _ = accounts.operations.issue_key(account_id=alice.id, dialect="standard")
    standard, _ = endpoints.add(api_key_id=key.pk, url="http://127.0.0.1:9999/")
    order = add(request_id="r-1")
    post(key=alice.key, action="cancel", order=order.pk)
    ours = about(order, "Canceled", charge="0.00", request_id="r-1")
    assert dict(told(classic))["order.canceled"] == ours
    assert dict(told(standard))["order.canceled"] == ours | {"order": order.shown_id, "status": "canceled"}
    assert [kind for kind, _ in told(classic)] == [kind for kind, _ in told(standard)]


def test_the_standards_library_verifies_it(post, add, alice, listen, receiver):
    endpoint = listen(alice, receiver.url)
    assert ApiKey.objects.get().dialect == "classic"
    order = add()
    assert post(key=alice.key, action="cancel", order=order.pk).json == [{"order": order.pk, "cancel": 1}]
    dispatch()
    events = [verified(secret_of(endpoint), got) for got in receiver.got]
    assert {event["type"]: (event["data"]["order"], event["data"]["status"]) for event in events} == {
        "order.canceled": (order.pk, "Canceled"),
        "order.refunded": (order.pk, "Canceled"),
    }
