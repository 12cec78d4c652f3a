"""What is told of an order is what `status` answers of it at the commit, with its name, its service and its request."""

from uuid import UUID

import pytest

from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from orders.operations import cancel_and_refund, mark_not_placed, mark_placed
from orders.operations.mass import place_all
from tests.orders.conftest import _the_books_agree, buy, demo, follow, upstream
from tests.webhooks.witness import witness

__all__ = ["_the_books_agree", "buy", "demo", "follow", "upstream", "witness"]
pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"actor": "operator@example.com", "reason": "seen to"}
BATCH = UUID("0193f1a2-7000-7000-8000-000000000001")


@pytest.fixture
def sold(upstream, sell, demo):
    """A service that drip-feeds and cancels, bought at the demo provider, which delivers at once."""
    demo.control(delivery_seconds=0)
    return sell(at=upstream, dripfeed=True, cancel=True)


@pytest.fixture
def add(post, alice, sold, demo):
    """Order 1000 through the API, for 0.90: `add("partial")` has the provider behave so."""

    def send(*behaviours: str, request_id: str = "r-1", **changes) -> Order:
        demo.control(next=list(behaviours))
        form = {"service": sold.pk, "link": "https://example.com/p", "quantity": 1000, "request_id": request_id}
        answer = post(key=alice.key, action="add", **form | changes)
        assert answer.status == 200, answer.json
        return Order.objects.latest("id")

    return send


def about(order: Order, status: str, **members: str) -> dict[str, object]:
    """Return what is told of alice's order, but for what is given here."""
    named = {"order": order.shown_id, "service": order.service_id, "request_id": "r-1", "status": status}
    return {**named, "charge": "0.90", "start_count": "0", "remains": "1000", "currency": "USD", **members}


def ask_once():
    """Ask about everything that is under way, once."""
    Purchase.objects.filter(state="placed").update(due_at=clock.now())
    tasks.follow_due()


def begun(demo) -> str:
    """Return what the link of the last order had before it."""
    return str(demo.orders()[-1]["start_count"])


def test_an_order_that_waits_is_not_told_of(add, alice, witness):
    heard = witness(alice)
    add()
    assert heard.kinds == []


def test_an_order_that_is_delivered(add, alice, witness, buy, follow):
    heard = witness(alice)
    order = add()
    buy()
    follow()
    order.refresh_from_db()
    assert heard.kinds == ["order.processing", "order.completed"]
    assert heard.told("order.processing") == about(order, "processing")
    done = about(order, "completed", remains="0", start_count=str(order.start_count))
    assert heard.told("order.completed") == done
    assert order.start_count
    ask_once()
    assert len(heard.bodies) == 2, "what does not change is not told again"


def test_an_order_that_begins_and_is_cancelled_half_way(add, alice, witness, buy, follow, post):
    heard = witness(alice)
    order = add("stuck")
    buy()
    ask_once()
    ask_once()
    assert heard.kinds == ["order.processing", "order.in_progress"]
    assert post(key=alice.key, action="cancel", order=order.shown_id).status == 200
    assert len(heard.bodies) == 2, "a cancel that was asked for is no news before its outcome"
    tasks.cancel_due()
    follow()
    order.refresh_from_db()
    half = {"remains": "500", "start_count": str(order.start_count)}
    assert heard.kinds[2:] == ["order.partial", "order.refunded"]
    assert heard.told("order.in_progress") == about(order, "in_progress", **half)
    ended = about(order, "partial", charge="0.45", **half)
    assert heard.told("order.partial") == ended
    assert heard.told("order.refunded") == ended | {"refund": "0.45", "balance": "99.55"}


@pytest.mark.parametrize(
    ("behaviour", "status", "kept", "remains", "refund", "balance"),
    [
        ("partial", "partial", "0.54", "400", "0.36", "99.46"),
        ("cancel", "canceled", "0.00", "1000", "0.90", "100.00"),
        ("refuse", "failed", "0.00", "1000", "0.90", "100.00"),
    ],
)
def test_an_order_that_ends_short(behaviour, status, kept, remains, refund, balance, add, alice, witness, buy, follow):
    heard = witness(alice)
    order = add(behaviour)
    buy()
    follow()
    order.refresh_from_db()
    ended = about(order, status, charge=kept, remains=remains, start_count=str(order.start_count or 0))
    assert heard.kinds == ["order.processing"] * (behaviour != "refuse") + [f"order.{status}", "order.refunded"]
    assert heard.told(f"order.{status}") == ended
    assert heard.told("order.refunded") == ended | {"refund": refund, "balance": balance}


def test_an_order_that_is_cancelled_before_it_is_sent(add, alice, witness, post):
    heard = witness(alice)
    order = add()
    for _ in range(2):
        assert post(key=alice.key, action="cancel", order=order.shown_id).status == 200
    ended = about(order, "canceled", charge="0.00")
    assert heard.kinds == ["order.canceled", "order.refunded"]
    assert heard.told("order.canceled") == ended
    assert heard.told("order.refunded") == ended | {"refund": "0.90", "balance": "100.00"}


def test_an_order_that_the_operator_gives_up(add, alice, witness, buy):
    heard = witness(alice)
    order = add("stuck")
    buy()
    ask_once()
    cancel_and_refund(order_id=order.pk, **WHO)
    assert heard.kinds == ["order.processing", "order.in_progress", "order.partial", "order.refunded"]
    assert heard.told("order.refunded")["balance"] == "99.55"


@pytest.mark.parametrize(
    ("decide", "status"),
    [(mark_not_placed, "failed"), (mark_placed, None)],
)
def test_an_order_nobody_knows_of_is_processing_until_the_operator_decides(decide, status, add, alice, witness, buy):
    heard = witness(alice)
    order = add("html_after_placing")
    buy()
    assert heard.kinds == ["order.processing"]
    there = {"provider_order_id": "1"} if decide is mark_placed else {}
    decide(order_id=order.pk, **WHO, **there)
    assert heard.kinds == ["order.processing"] + ([f"order.{status}", "order.refunded"] if status else [])


def test_a_free_order_has_nothing_to_refund(add, alice, witness, post, sold):
    sold.rate = 0
    sold.save()
    heard = witness(alice)
    order = add()
    post(key=alice.key, action="cancel", order=order.shown_id)
    assert heard.kinds == ["order.canceled"]
    assert heard.told("order.canceled") == about(order, "canceled", charge="0.00")


def test_each_run_of_a_drip_feed_that_fails_is_refunded_and_the_order_told_of_once(
    add, alice, witness, buy, follow, demo, time
):
    heard = witness(alice)
    order = add("deliver", "refuse", "partial", quantity=100, runs=3, interval=60)
    for _ in range(3):
        buy()
        follow()
        time.move(hours=1)
    kinds = ["order.processing", "order.in_progress", "order.refunded", "order.partial", "order.refunded"]
    assert heard.kinds == kinds
    refunds = [each["data"] for each in heard.bodies if each["type"] == "order.refunded"]
    assert [(each["status"], each["charge"], each["refund"], each["balance"]) for each in refunds] == [
        ("in_progress", "0.18", "0.09", "99.82"),
        ("partial", "0.144", "0.036", "99.856"),
    ]
    assert heard.told("order.partial") == about(
        order, "partial", charge="0.144", remains="140", start_count=heard.told("order.partial")["start_count"]
    )


def test_orders_of_a_mass_order_have_no_request_id_of_the_resellers(alice, witness, buy, sold):
    heard = witness(alice)
    text = f"{sold.pk} | https://example.com/p | 1000\n{sold.pk} | https://example.com/q | 1000"
    placed = place_all(account_id=alice.id, text=text, batch_id=BATCH, actor="operator@example.com")
    buy()
    assert heard.kinds == ["order.processing"] * 2
    orders = [Order.objects.get(pk=each.order.id) for each in placed if each.order]
    assert sorted((each["data"] for each in heard.bodies), key=lambda data: data["order"]) == [
        about(order, "processing", request_id="") for order in orders
    ]


def test_a_request_id_is_told_as_it_was_given(add, alice, witness, buy):
    heard = witness(alice)
    add(request_id='id:"ф\u2028/\x7f' + "\U0001f600" * 100)
    buy()
    assert heard.told("order.processing")["request_id"] == 'id:"ф\u2028/\x7f' + "\U0001f600" * 100


def test_nobody_else_hears_of_it(add, alice, bob, witness, buy, follow):
    hers, his = witness(alice), witness(bob)
    add()
    buy()
    follow()
    assert (len(hers.bodies), his.bodies) == (2, [])


def test_a_body_has_three_members_and_the_time_of_the_event(add, alice, witness, buy, time):
    time.at = 1_800_000_000.25
    heard = witness(alice)
    add()
    buy()
    (body,) = heard.bodies
    assert list(body) == ["type", "timestamp", "data"]
    assert body["timestamp"] == "2027-01-15T08:00:00.250Z"
