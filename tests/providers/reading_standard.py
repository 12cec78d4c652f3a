"""What this panel answers in the standard dialect, read by the client that buys at one: the two ends cannot drift."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Service
from kit import clock, ids
from orders.models import Order, Refill
from orders.operations import place
from providers.cancelling import Canceling, NotCancelable
from providers.client import Client
from providers.following import NotFound, StatusNews
from providers.models import Provider
from providers.outcomes import Placed, ProviderError, ProviderFault, Refused, Unknown
from providers.refilling import RefillNews, RefillPending, RefillRefused, RefillStarted
from providers.subscriptions import SubscriptionNews
from tests.conftest import MakeService, Person
from tests.own_panel import own_panel

pytestmark = pytest.mark.django_db(transaction=True)
NOBODYS = "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"
LINK = "https://example.com/p"


@pytest.fixture
def client(bob: Person) -> Iterator[Client]:
    """A client that buys at this panel, as bob."""
    with own_panel() as panel:
        yield Client(panel.url, bob.key, 10)


@pytest.fixture
def service(sell: MakeService, provider: Provider) -> Service:
    """A service that refills and cancels."""
    return sell(refill=True, refill_days=30, cancel=True, dripfeed=True)


def ordered(bob: Person, service: Service, number: int = 1, **params: str) -> Order:
    sent = {"service": str(service.pk), "link": LINK, "quantity": "1000", **params}
    return Order.objects.get(pk=place(account_id=bob.id, params=sent, request_id=f"r-{number}").id)


def put(order: Order, **fields: Any) -> str:
    """Let the order be so; return its id."""
    if fields.get("status") not in {"pending", "processing", "in_progress"}:
        fields["ended_at"] = clock.now()
    Order.objects.filter(pk=order.pk).update(**fields)
    return order.shown_id


def test_an_order_is_placed_by_its_id_and_the_same_again(client: Client, service: Service) -> None:
    sent = {"service": str(service.pk), "link": LINK, "quantity": "1000", "request_id": "pur_1"}
    placed = client.add(**sent)
    assert isinstance(placed, Placed)
    assert ids.parsed("ord", placed.provider_order_id) == Order.objects.get().public_id
    assert client.add_again(**sent) == placed
    assert Order.objects.count() == 1


def test_refusals_are_understood_the_first_time_and_the_second(client: Client, service: Service) -> None:
    good = {"service": str(service.pk), "link": LINK, "quantity": "1000", "request_id": "r"}
    said = {name: client.add(**good | wrong) for name, wrong in WRONG.items()}
    again = {name: client.add_again(**good | wrong) for name, wrong in WRONG.items()}
    assert {type(each) for name, each in said.items() if name != "Insufficient balance"} == {Refused}
    assert {name: each.why for name, each in said.items() if isinstance(each, Refused | ProviderFault)} == {
        name: name for name in WRONG
    }
    assert isinstance(said["Insufficient balance"], ProviderFault)
    assert again == said, "each of them proves that nothing was placed"
    assert not Order.objects.exists()


WRONG = {
    "Service not found": {"service": "99999"},
    "Quantity below the minimum of 50": {"quantity": "1"},
    "Quantity above the maximum of 10000": {"quantity": "99999"},
    "Invalid parameter: link": {"link": "nowhere"},
    "Invalid parameter: quantity": {"quantity": "many"},
    "Invalid parameter: runs": {"runs": "1000000", "interval": "1"},
    "Insufficient balance": {"runs": "1000", "interval": "1", "quantity": "10000"},
}


def test_the_same_id_for_another_order_proves_nothing(client: Client, service: Service) -> None:
    sent = {"service": str(service.pk), "link": LINK, "quantity": "1000", "request_id": "r"}
    client.add(**sent)
    said = client.add_again(**sent | {"quantity": "2000"})
    assert isinstance(said, Unknown)
    assert said.why == "request_id was already used for a different order"


@pytest.mark.parametrize(
    ("status", "read"),
    [
        *((status, status) for status in ("pending", "processing", "in_progress", "completed", "partial", "canceled")),
        ("failed", "canceled"),
    ],
)
def test_a_status_is_read(status: str, read: str, client: Client, bob: Person, service: Service) -> None:
    theirs = put(ordered(bob, service), status=status, remains=400, start_count=7)
    expected = StatusNews(read, 400, 7, Decimal("0.90"), said=status)
    assert client.status(theirs) == expected
    assert client.statuses([theirs, NOBODYS]) == {theirs: expected, NOBODYS: NotFound("Order not found")}
    assert client.status(NOBODYS) == NotFound("Order not found")


@pytest.mark.parametrize(("status", "read"), [("in_progress", "active"), ("completed", "completed")])
def test_a_subscription_is_read_without_an_expiry(
    status: str, read: str, client: Client, bob: Person, sell: MakeService
) -> None:
    order = _subscription(bob, sell)
    put(order, status=status)
    post = ordered(bob, sell(), number=2)
    Order.objects.filter(pk=post.pk).update(parent=order)
    said = client.status(order.shown_id)
    assert isinstance(said, StatusNews)
    assert isinstance(said.subscription, SubscriptionNews)
    assert (said.subscription.state, said.subscription.expiry) == (read, None)


@pytest.mark.parametrize("status", ["canceled", "failed"])
def test_a_subscription_that_came_to_nothing_has_ended(
    status: str, client: Client, bob: Person, sell: MakeService
) -> None:
    said = client.status(put(_subscription(bob, sell), status=status))
    assert isinstance(said, StatusNews)
    assert said.subscription is not None
    assert (said.status, said.subscription.state) == ("canceled", "canceled")


def _subscription(bob: Person, sell: MakeService) -> Order:
    service = sell(type="Subscriptions")
    params = {"service": str(service.pk), "username": "alice", "min": "100", "max": "200", "delay": "0", "posts": "3"}
    return Order.objects.get(pk=place(account_id=bob.id, params=params, request_id="subscription").id)


def test_cancels_are_read(client: Client, bob: Person, service: Service) -> None:
    waiting, done = ordered(bob, service), ordered(bob, service, number=2)
    put(done, status="completed", remains=0)
    assert client.cancel([waiting.shown_id, done.shown_id, NOBODYS]) == {
        waiting.shown_id: Canceling(),
        done.shown_id: NotCancelable("Order cannot be canceled"),
        NOBODYS: NotCancelable("Order not found", not_found=True),
    }
    assert client.cancel([waiting.shown_id]) == {waiting.shown_id: Canceling()}


def test_refills_are_read(client: Client, bob: Person, service: Service) -> None:
    done, running = ordered(bob, service), ordered(bob, service, number=2)
    put(done, status="completed", remains=0)
    done.purchases.update(state="done", reported="completed", provider_order_id="p-1", remains=0)
    started = client.refills([done.shown_id, running.shown_id, NOBODYS])
    theirs = ids.shown("ref", Refill.objects.get().public_id)
    assert started == {
        done.shown_id: RefillStarted(theirs),
        running.shown_id: RefillRefused("Order is not completed"),
        NOBODYS: RefillRefused("Order not found"),
    }
    assert client.refill(done.shown_id) == RefillPending("A refill is already pending for this order")
    told = client.refill_statuses([theirs, "ref_01HG9X7KJP4N2M8QW5T3R6Y0AB"])
    assert told == {
        theirs: RefillNews("pending", "pending"),
        "ref_01HG9X7KJP4N2M8QW5T3R6Y0AB": NotFound("Refill not found"),
    }


def test_the_list_and_the_balance_are_read(client: Client, service: Service) -> None:
    (sold,) = client.services().services
    read = (sold.remote_id, sold.rate, sold.min, sold.max, sold.refill, sold.cancel, sold.dripfeed)
    assert read == (str(service.pk), Decimal("0.90"), 50, 10_000, True, True, True)
    assert client.balance() == (Decimal(100), "USD")


def test_a_wrong_key_is_our_fault_and_proves_nothing(client: Client) -> None:
    wrong = Client(client.url, "np_live_wrong", 10)
    assert isinstance(wrong.add(service="1", request_id="r"), ProviderFault)
    assert not isinstance(wrong.add_again(service="1", request_id="r"), ProviderFault)
    with pytest.raises(ProviderError, match="Invalid API key"):
        wrong.status(NOBODYS)


def test_what_has_no_request_id_is_never_sent_again(client: Client) -> None:
    with pytest.raises(ValueError, match="an order without a request_id is never sent twice"):
        client.add_again(service="1")
