"""Buying upstream: what each outcome of the one call means for the order and its money."""

import dataclasses
import socket
from decimal import Decimal

import pytest

import wallets.queries
from events.queries import history
from kit import persisting, stopping
from orders import pump
from orders.models import Order, Purchase
from orders.operations import buying
from providers.outcomes import Placed

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(order):
    order.refresh_from_db()
    return order.status, order.purchases.get().state, order.charge - order.refunded


def claim():
    claimed = buying.claim([])
    assert claimed is not None
    return claimed


def kinds(order):
    return [event.kind for event in history("order", order.pk)]


def test_places_it_once_and_processes_it(order_of, buy, demo):
    order = order_of()
    buy()
    buy()
    assert state_of(order) == ("processing", "placed", Decimal("0.90"))
    (call,) = demo.calls("add")
    assert call["params"] == {"service": "1", "link": "https://example.com/p", "quantity": "1000"}
    purchase = order.purchases.get()
    assert purchase.sent == call["params"]
    assert purchase.provider_order_id == str(demo.orders()[0]["order"])
    assert kinds(order) == ["order.placed", "purchase.placed", "order.processing"]


def test_sends_a_package_without_a_quantity(order_of, buy, demo):
    order = order_of(type="Package", rate="2.5", min=1, max=1, remote_id="14")
    buy()
    (call,) = demo.calls("add")
    assert call["params"] == {"service": "14", "link": "https://example.com/p"}
    assert state_of(order) == ("processing", "placed", Decimal("2.50"))


def test_fails_and_refunds_what_the_provider_refuses(order_of, buy, demo, alice):
    demo.control(next=["refuse"])
    order = order_of()
    buy()
    assert state_of(order) == ("failed", "refused", Decimal(0))
    assert wallets.queries.balance_from_database(alice.id) == 100
    assert demo.orders() == []
    assert kinds(order) == ["order.placed", "purchase.refused", "order.failed", "order.refunded"]


@pytest.mark.parametrize(
    "behaviour",
    [
        "timeout_after_placing",
        "timeout_before_placing",
        "html",
        "html_after_placing",
        "500_before_placing",
        "500_after_placing",
        "reset_before_placing",
        "reset_after_placing",
    ],
)
def test_keeps_the_money_and_sends_nothing_again_where_the_outcome_is_unknown(
    behaviour, order_of, buy, demo, settings, alice
):
    settings.PROVIDER_TIMEOUT = 1
    demo.control(next=[behaviour])
    order = order_of()
    buy()
    buy()
    assert state_of(order) == ("processing", "unknown", Decimal("0.90"))
    assert len(demo.calls("add")) == 1
    assert len(demo.orders()) == ("after" in behaviour)
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    assert kinds(order) == ["order.placed", "purchase.unknown", "order.processing"]


@pytest.mark.parametrize("behaviour", ["no_funds", "too_many_requests"])
def test_waits_and_tries_again_where_the_provider_cannot_serve_us(behaviour, order_of, buy, demo, upstream, time):
    demo.control(next=[behaviour])
    order = order_of()
    buy()
    assert state_of(order) == ("pending", "queued", Decimal("0.90"))
    upstream.refresh_from_db()
    assert upstream.failing_since is not None
    buy()
    assert len(demo.calls("add")) == 1, "a provider that rests is not asked"
    time.move(seconds=3)
    buy()
    assert state_of(order) == ("processing", "placed", Decimal("0.90"))
    upstream.refresh_from_db()
    assert (upstream.failing_since, upstream.ask_again_at) == (None, None)
    assert len(demo.orders()) == 1


def test_sends_again_what_never_left(order_of, buy, demo, upstream, time):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    upstream.url = f"http://127.0.0.1:{nobody}/api/v2"
    upstream.save()
    order = order_of()
    buy()
    assert state_of(order) == ("pending", "queued", Decimal("0.90"))
    upstream.url = demo.url
    upstream.save()
    time.move(seconds=3)
    buy()
    assert state_of(order) == ("processing", "placed", Decimal("0.90"))


def test_sends_nothing_to_a_paused_provider(order_of, buy, demo, upstream):
    upstream.active = False
    upstream.save()
    order = order_of()
    buy()
    assert state_of(order) == ("pending", "queued", Decimal("0.90"))
    assert demo.calls("add") == []


def test_never_takes_one_provider_order_for_two_of_ours(order_of, buy, demo):
    first, second = order_of(), order_of()
    claimed = claim()
    buying.record(claimed, Placed("77"))
    other = claim()
    buying.record(other, Placed("77"))
    assert {claimed.order_id, other.order_id} == {first.pk, second.pk}
    states = dict(Purchase.objects.values_list("order_id", "state"))
    assert states == {claimed.order_id: "placed", other.order_id: "unknown"}


def test_records_nothing_over_what_the_operator_has_decided_meanwhile(order_of):
    from orders.operations import mark_not_placed, sweeping

    order = order_of()
    claimed = claim()
    Purchase.objects.update(claimed_at="2020-01-01T00:00Z")
    assert sweeping.give_up_lost_calls() == 1
    mark_not_placed(order_id=order.pk, actor="operator", reason="looked there")
    buying.record(claimed, Placed("77"))
    assert state_of(order) == ("failed", "refused", Decimal(0))


def test_a_late_answer_settles_what_was_given_up_as_lost(order_of, time):
    from orders.operations import sweeping

    order = order_of()
    claimed = claim()
    time.move(minutes=2)
    assert sweeping.give_up_lost_calls() == 1
    assert state_of(order) == ("processing", "unknown", Decimal("0.90"))
    buying.record(claimed, Placed("77"))
    assert state_of(order) == ("processing", "placed", Decimal("0.90"))


def test_many_are_sent_at_once_and_each_exactly_once(order_of, sell, upstream, buy, demo):
    service = sell(at=upstream)
    for _ in range(40):
        order_of(service=service, quantity=50)
    buy()
    assert len(demo.calls("add")) == 40
    assert set(Order.objects.values_list("status", flat=True)) == {"processing"}


def test_a_late_word_against_the_operators_decision_is_told(order_of):
    from orders.operations import mark_not_placed, sweeping

    order = order_of()
    claimed = claim()
    Purchase.objects.update(claimed_at="2020-01-01T00:00Z")
    claimed = dataclasses.replace(claimed, claimed_at=Purchase.objects.get().claimed_at)
    assert sweeping.give_up_lost_calls() == 1
    mark_not_placed(order_id=order.pk, actor="operator", reason="looked there")
    buying.record(claimed, Placed("77", '{"order": 77}'))
    told = history("order", order.pk).get(kind="purchase.contradicted")
    assert (told.data["provider_order"], told.data["answer"]) == ("77", '{"order": 77}')
    assert state_of(order) == ("failed", "refused", Decimal(0))


def test_an_outcome_that_was_committed_before_is_no_contradiction(order_of):
    order = order_of()
    claimed = claim()
    buying.record(claimed, Placed("77"))
    buying.record(claimed, Placed("77"))
    assert kinds(order) == ["order.placed", "purchase.placed", "order.processing"]


def test_one_order_that_cannot_be_paid_there_does_not_hold_up_the_others(order_of, sell, upstream, buy, demo, time):
    poor, rich = sell(at=upstream), sell(at=upstream, remote_id="2")
    demo.control(service=1, behaviour="no_funds")
    stuck = order_of(service=poor)
    others = [order_of(service=rich) for _ in range(30)]
    for _ in range(3):
        buy()
        time.move(seconds=3)
    assert {state_of(each)[1] for each in others} == {"placed"}
    assert state_of(stuck)[:2] == ("pending", "queued")


def test_a_provider_that_takes_no_orders_is_tried_with_one_at_a_time(order_of, sell, upstream, buy, demo, time):
    service = sell(at=upstream)
    demo.control(service=1, behaviour="no_funds")
    for _ in range(20):
        order_of(service=service, quantity=50)
    buy()
    tried = len(demo.calls("add"))
    assert tried <= 8
    for round_ in range(1, 4):
        time.move(seconds=61)
        buy()
        assert len(demo.calls("add")) == tried + round_


def test_an_outage_there_does_not_make_every_order_a_question(order_of, sell, upstream, buy, demo, time):
    service = sell(at=upstream)
    demo.control(service=1, behaviour="html")
    for _ in range(40):
        order_of(service=service, quantity=50)
    buy()
    unknown = Purchase.objects.filter(state="unknown").count()
    assert unknown <= 12
    time.move(seconds=61)
    buy()
    assert Purchase.objects.filter(state="unknown").count() == unknown + 1
    upstream.refresh_from_db()
    assert (upstream.failing_at, upstream.unknown_in_a_row) == ("add", unknown + 1)


def test_answering_about_orders_does_not_say_that_it_takes_them(order_of, sell, upstream, buy, demo, time, settings):
    from orders import tasks

    order_of(service=sell(at=upstream))
    buy()
    demo.control(service=2, behaviour="no_funds")
    order_of(service=sell(at=upstream, remote_id="2"))
    buy()
    time.move(seconds=settings.FOLLOW_INTERVAL + 60)
    tasks.follow_due()
    upstream.refresh_from_db()
    assert (upstream.failing_at, upstream.failing_since is not None) == ("add", True)


def test_a_run_ends_in_time_and_rings_for_the_rest(order_of, sell, upstream, buy, demo, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(pump, "RUN_FOR", 0.0)
    monkeypatch.setattr(pump, "nudge", rung.append)
    order_of(service=sell(at=upstream))
    assert buy() == 0
    assert rung == ["orders.buy_due"]
    assert demo.calls("add") == []


def test_a_worker_that_is_stopping_claims_nothing_more(order_of, buy, demo, monkeypatch):
    order = order_of()
    monkeypatch.setattr(stopping, "asked", lambda: True)
    buy()
    assert state_of(order)[:2] == ("pending", "queued")
    monkeypatch.undo()
    buy()
    assert state_of(order)[1] == "placed"


def test_a_run_and_what_it_waits_for_fit_into_a_tasks_time(settings):
    slowest_provider = 60  # notpanel.E002 allows no more
    assert pump.RUN_FOR + slowest_provider + persisting.KEEP_TRYING < settings.CELERY_TASK_TIME_LIMIT
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT * 2


def test_orders_that_are_never_taken_do_not_go_before_one_that_would_be(order_of, sell, upstream, buy, demo, time):
    """A service's own trouble rests the whole provider, a minute in the end: what is tried then decides for all."""
    nobody_pays = sell(at=upstream, remote_id="4")
    demo.control(service=4, behaviour="no_funds")
    held = [order_of(service=nobody_pays) for _ in range(3)]
    for _ in range(30):
        buy()
        time.move(seconds=61)
    order = order_of(service=sell(at=upstream, remote_id="1"))
    for _ in range(2):
        buy()
        time.move(seconds=61)
    order.refresh_from_db()
    assert order.status == "processing"
    demo.control(service=4, behaviour="deliver")
    time.move(minutes=10)
    buy()
    assert {type(each).objects.get(pk=each.pk).status for each in held} == {"processing"}
