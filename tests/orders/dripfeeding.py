"""Drip-feed: every run is bought at its time and not before, and has an outcome of its own."""

from datetime import timedelta
from decimal import Decimal

import pytest

import orders.queries
import wallets.queries
from events.queries import history
from kit import ids
from orders.models import Order, Purchase
from orders.operations import buying, cancel_and_refund, place, sweeping
from providers.outcomes import Placed, Refused

pytestmark = pytest.mark.django_db(transaction=True)
OWN_DRIPFEED = "31"  # the demo provider's


@pytest.fixture
def drip(alice, upstream, sell):
    """Place an order of three runs of 100 at 0.90, an hour apart."""

    def make(runs: int = 3, interval: int = 60, *, own_dripfeed: bool = False, **fields) -> Order:
        service = sell(at=upstream, dripfeed=True, **fields)
        service.sources.update(own_dripfeed=own_dripfeed)
        params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "100"}
        params |= {"runs": str(runs), "interval": str(interval)}
        placed = place(account_id=alice.id, params=params, request_id="drip")
        return Order.objects.get(pk=placed.id)

    return make


def states(order: Order) -> list[str]:
    return list(order.purchases.order_by("run", "attempt").values_list("state", flat=True))


def shown(order: Order, person) -> tuple[str, Decimal, int]:
    """What a status answer is made of: the status, what is kept of the charge, and what remains."""
    text = ids.shown("ord", order.public_id)
    state = orders.queries.states(person.id, [text])[text]
    return state.status, state.charge, state.remains


def spent(person) -> Decimal:
    return 100 - wallets.queries.balance_from_database(person.id)


def test_is_charged_whole_and_buys_each_run_at_its_time(drip, buy, demo, time, alice):
    order = drip()
    assert (order.quantity, order.runs, order.interval, order.charge) == (300, 3, 60, Decimal("0.27"))
    assert spent(alice) == Decimal("0.27")
    for run in range(1, 4):
        buy()
        assert len(demo.calls("add")) == run
        time.move(minutes=59, seconds=59)
        buy()
        assert len(demo.calls("add")) == run, "not a second before its time"
        time.move(seconds=1)
    buy()
    sent = [call["params"] for call in demo.calls("add")]
    assert sent == [{"service": "1", "link": "https://example.com/p", "quantity": "100"}] * 3
    assert states(order) == ["placed"] * 3


def test_ends_when_its_last_run_has_ended(drip, buy, follow, time, alice):
    order = drip()
    seen = [shown(order, alice)]
    for _ in range(3):
        buy()
        seen.append(shown(order, alice))
        follow()
        seen.append(shown(order, alice))
        time.move(hours=1)
    kept = Decimal("0.27")
    assert seen == [
        ("pending", kept, 300),
        ("processing", kept, 300),
        ("in_progress", kept, 200),
        ("in_progress", kept, 200),
        ("in_progress", kept, 100),
        ("in_progress", kept, 100),
        ("completed", kept, 0),
    ]
    assert states(order) == ["done"] * 3
    assert spent(alice) == kept


def test_every_run_has_an_outcome_of_its_own_and_the_order_adds_them_up(drip, buy, follow, demo, time, alice):
    order = drip(runs=4)
    refunds = []
    for behaviour in ["refuse", "partial", "deliver", "cancel"]:
        demo.control(next=[behaviour])
        buy()
        follow()
        order.refresh_from_db()
        refunds.append((order.status, order.remains, order.refunded))
        time.move(hours=1)
    assert refunds == [
        ("pending", 400, Decimal("0.09")),
        ("in_progress", 340, Decimal("0.126")),
        ("in_progress", 240, Decimal("0.126")),
        ("partial", 240, Decimal("0.216")),
    ]
    assert states(order) == ["refused", "done", "done", "done"]
    assert spent(alice) == order.charge - order.refunded == Decimal("0.144")
    assert [event.data["refund"] for event in history("order", order.pk).filter(kind="order.refunded")] == [
        *("0.09", "0.036", "0.09")
    ]


@pytest.mark.parametrize(("behaviour", "status"), [("refuse", "failed"), ("cancel", "canceled")])
def test_where_no_run_is_delivered_all_of_it_goes_back(behaviour, status, drip, buy, follow, demo, time, alice):
    order = drip()
    for _ in range(3):
        demo.control(next=[behaviour])
        buy()
        follow()
        time.move(hours=1)
    order.refresh_from_db()
    assert (order.status, order.refunded, order.remains) == (status, order.charge, 300)
    assert spent(alice) == 0


def test_cancelling_gives_back_what_has_not_run(drip, buy, follow, demo, time, alice):
    order = drip()
    buy()
    follow()
    cancel_and_refund(order_id=order.pk, actor="operator", reason="asked for")
    order.refresh_from_db()
    assert (order.status, order.remains, order.refunded) == ("partial", 200, Decimal("0.18"))
    assert states(order) == ["done", "withdrawn", "withdrawn"]
    assert spent(alice) == Decimal("0.09")
    time.move(hours=3)
    buy()
    assert len(demo.calls("add")) == 1, "what was cancelled is never bought"


def test_is_held_from_each_runs_own_time(drip, demo, upstream, time, settings, alice):
    settings.HOLD_HOURS = 24
    order = drip(interval=6 * 60)
    upstream.active = False
    upstream.save()
    time.move(hours=24, seconds=1)
    assert sweeping.refund_held_orders() == 1
    assert states(order) == ["refused", "queued", "queued"]
    time.move(hours=6)
    assert sweeping.refund_held_orders() == 1
    time.move(hours=6)
    assert sweeping.refund_held_orders() == 1
    assert states(order) == ["refused"] * 3
    assert spent(alice) == 0
    assert demo.calls("add") == []


def test_a_worker_that_dies_with_one_run_on_the_wire_leaves_the_others_alone(drip, buy, follow, time, alice):
    order = drip()
    claimed = buying.claim([])
    assert claimed is not None
    time.move(minutes=5)
    assert sweeping.give_up_lost_calls() == 1
    assert states(order) == ["unknown", "queued", "queued"]
    time.move(hours=2)
    buy()
    assert states(order) == ["unknown", "placed", "placed"]
    follow()
    assert shown(order, alice) == ("in_progress", Decimal("0.27"), 100)
    buying.record(claimed, Placed("77"))
    assert states(order)[0] == "placed", "a late answer is still its own run's"


def test_all_runs_stand_in_the_rows_from_the_beginning(drip, time):
    order = drip()
    runs = Purchase.objects.filter(order=order).order_by("run")
    hours = [timedelta(hours=hours) for hours in (0, 1, 2)]
    assert [each.due_at - order.created_at for each in runs] == hours
    assert [each.wanted_at - order.created_at for each in runs] == hours
    assert [each.quantity for each in runs] == [100] * 3


def test_a_provider_with_a_drip_feed_of_its_own_is_told_once(drip, buy, follow, demo, time, alice):
    demo.control(minute_seconds=0.001)
    order = drip(own_dripfeed=True, remote_id=OWN_DRIPFEED)
    assert order.purchases.get().quantity == 300
    buy()
    time.move(hours=3)
    buy()
    (call,) = demo.calls("add")
    one_run = {"service": OWN_DRIPFEED, "link": "https://example.com/p", "quantity": "100"}
    assert call["params"] == one_run | {"runs": "3", "interval": "60"}
    assert states(order) == ["placed"]
    follow()
    assert shown(order, alice) == ("completed", Decimal("0.27"), 0)


def test_what_a_provider_with_a_drip_feed_of_its_own_leaves_is_of_the_whole(drip, buy, follow, demo, alice):
    demo.control(next=["partial"], minute_seconds=0.001)
    order = drip(own_dripfeed=True, remote_id=OWN_DRIPFEED)
    buy()
    follow()
    assert shown(order, alice) == ("partial", Decimal("0.162"), 120)
    assert spent(alice) == Decimal("0.162")


def test_an_order_keeps_its_way_of_running_whatever_its_source_does_later(drip, buy, demo):
    order = drip(own_dripfeed=True, remote_id=OWN_DRIPFEED)
    order.service.sources.update(own_dripfeed=False)
    buy()
    (call,) = demo.calls("add")
    assert (call["params"]["quantity"], call["params"]["runs"]) == ("100", "3")


BUSY = "You have active order with this link. Please wait until order being completed."


def test_a_run_whose_link_the_run_before_it_still_holds_waits_and_is_sent_again(drip, time):
    order = drip(runs=2)
    first = buying.claim([])
    assert first is not None
    buying.record(first, Placed("their-1"))
    time.move(hours=1)
    second = buying.claim([])
    assert second is not None
    buying.record(second, Refused(BUSY))
    order.refresh_from_db()
    assert (states(order), order.refunded) == (["placed", "queued"], 0)
    assert buying.claim([]) is None
    time.move(minutes=5)
    again = buying.claim([])
    assert again is not None
    buying.record(again, Placed("their-2"))
    assert states(order) == ["placed", "placed"]


def test_an_order_whose_link_somebody_elses_order_holds_is_refused(drip, alice):
    order = drip(runs=2)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Refused(BUSY))
    assert states(order) == ["refused", "queued"]
    assert shown(order, alice) == ("pending", Decimal("0.09"), 200)
