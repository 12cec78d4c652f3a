"""What waits at a provider that cannot serve us is bought at another, where it stands: never twice, never at a loss."""

import socket
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events.queries import history
from kit import clock
from orders import tasks
from orders.models import Purchase
from orders.operations import buying, rerouting
from providers.outcomes import NotSent, ProviderFault
from tests.orders.sources import add_source, place_in_runs, second, second_demo, service

__all__ = ["second", "second_demo", "service"]
pytestmark = pytest.mark.django_db(transaction=True)


def standing(order):
    order.refresh_from_db()
    purchase = order.purchases.get()
    return order.status, purchase.state, purchase.provider.name, purchase.attempt


def moves(order):
    return [event.data for event in history("order", order.pk) if event.kind == "purchase.moved"]


def nowhere():
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}/api/v2"


@pytest.mark.parametrize("behaviour", ["no_funds", "too_many_requests"])
def test_what_the_first_cannot_take_now_is_bought_at_the_second_at_once(
    behaviour, order_of, service, buy, demo, second_demo, upstream, second
):
    demo.control(next=[behaviour])
    order = order_of(service=service)
    buy()
    assert standing(order) == ("processing", "placed", "Second", 1)
    assert (len(demo.orders()), len(second_demo.orders())) == (0, 1)
    (told,) = moves(order)
    assert (told["from"], told["to"], told["purchases"]) == (upstream.pk, second.pk, [order.purchases.get().pk])
    assert told["why"]
    upstream.refresh_from_db()
    assert upstream.failing_at == "add"


def test_what_cannot_be_reached_is_bought_at_the_second(order_of, service, buy, second_demo, upstream):
    upstream.url = nowhere()
    upstream.save()
    order = order_of(service=service)
    buy()
    assert standing(order) == ("processing", "placed", "Second", 1)


def test_with_no_other_that_works_it_waits_where_it_is(order_of, service, buy, demo, second_demo, time):
    demo.control(next=["no_funds"])
    second_demo.control(next=["no_funds"])
    order = order_of(service=service)
    buy()
    assert standing(order)[:2] == ("pending", "queued")
    buy()
    assert (len(demo.calls("add")), len(second_demo.calls("add"))) == (1, 1), "both rest"
    time.move(seconds=3)
    buy()
    assert standing(order)[:2] == ("processing", "placed")
    assert len(demo.orders()) + len(second_demo.orders()) == 1


def test_its_currency_and_worth_move_with_it(order_of, sell, upstream, second, buy, second_demo):
    from catalog.models import ExchangeRate

    ExchangeRate.objects.create(currency="EUR", usd=Decimal("1.25"), changed_at=timezone.now())
    service = sell(at=upstream)
    source = add_source(service, second, cost="0.60", currency="EUR")
    order = order_of(service=service)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, ProviderFault("Not enough funds"))
    moved = order.purchases.get()
    assert (moved.source_id, moved.provider_id, moved.currency, moved.exchange_rate, moved.cost) == (
        *(source.pk, second.pk, "EUR", Decimal("1.25"), None),
    )
    buy()
    assert order.purchases.get().cost == Decimal("0.60")


def pause(provider):
    provider.active = False
    provider.save()


def fail(provider):
    provider.failing_since, provider.failure, provider.failing_at = clock.now(), "no funds", "add"
    provider.save()


def rest(provider):
    provider.ask_again_at = clock.now() + timedelta(minutes=1)
    provider.save()


@pytest.mark.parametrize("close", [pause, fail, rest])
def test_a_sweep_moves_all_that_waits_there(close, order_of, service, upstream, buy, second_demo, demo):
    orders = [order_of(service=service) for _ in range(30)]
    close(upstream)
    assert rerouting.reroute() == 30
    assert rerouting.reroute() == 0
    buy()
    assert {standing(each) for each in orders} == {("processing", "placed", "Second", 1)}
    assert len({each["link"] for each in second_demo.orders()}) == 1
    assert (len(second_demo.orders()), len(demo.calls("add"))) == (30, 0)
    assert [len(moves(each)) for each in orders] == [1] * 30


def test_a_sweep_is_five_statements_however_many_it_moves(
    order_of, service, upstream, django_assert_max_num_queries, monkeypatch
):
    for _ in range(40):
        order_of(service=service, quantity=50)
    pause(upstream)
    with django_assert_max_num_queries(5):  # with its BEGIN and COMMIT
        assert rerouting.reroute() == 40


def test_a_provider_that_only_fails_to_say_how_orders_are_keeps_its_orders(order_of, service, upstream):
    upstream.failing_since, upstream.failure, upstream.failing_at = clock.now(), "a page", "status"
    upstream.save()
    order_of(service=service)
    assert rerouting.reroute() == 0


def test_the_sweep_respects_the_margin_floor_and_the_stops(order_of, sell, upstream, second):
    from catalog.models import Stop

    service = sell(at=upstream)
    dear = add_source(service, second, cost="0.91")
    order = order_of(service=service)
    pause(upstream)
    assert rerouting.reroute() == 0
    dear.cost = Decimal("0.90")
    dear.save()
    stop = Stop.objects.create(provider=second, text="closed", since=timezone.now())
    assert rerouting.reroute() == 0
    assert standing(order) == ("pending", "queued", "Demo", 1)
    stop.delete()
    assert rerouting.reroute() == 1
    assert standing(order) == ("pending", "queued", "Second", 1)


@pytest.mark.parametrize("state", ["submitting", "unknown"])
def test_what_may_have_been_sent_is_never_moved(state, order_of, service, upstream):
    order = order_of(service=service)
    Purchase.objects.update(state=state, claimed_at=clock.now())
    pause(upstream)
    assert rerouting.reroute() == 0
    assert order.purchases.get().provider_id == upstream.pk


def test_what_somebody_holds_is_left_for_the_next_sweep(order_of, service, upstream):
    held, free = order_of(service=service), order_of(service=service)
    pause(upstream)
    other = connection.copy()
    try:
        with transaction.atomic():
            other.set_autocommit(False)
            with other.cursor() as holding:
                holding.execute("SELECT FROM orders_purchase WHERE order_id = %s FOR UPDATE", [held.pk])
                assert rerouting.reroute() == 1
    finally:
        other.close()
    assert (standing(held)[2], standing(free)[2]) == ("Demo", "Second")
    assert rerouting.reroute() == 1


def test_runs_that_are_not_due_yet_wait_where_they_are(alice, sell, upstream, second, time):
    service = sell(at=upstream, dripfeed=True)
    add_source(service, second)
    order = place_in_runs(alice, service, runs=2)
    pause(upstream)
    assert rerouting.reroute() == 1
    assert list(order.purchases.values_list("run", "provider__name")) == [(1, "Second"), (2, "Demo")]
    time.move(minutes=10)
    assert rerouting.reroute() == 1


def test_a_subscription_that_was_placed_stays_where_its_posts_are(order_of, service, upstream):
    order = order_of(service=service)
    order.type = "Subscriptions"
    order.save()
    first = order.purchases.get()
    Purchase.objects.filter(pk=first.pk).update(state="done", provider_order_id="7")
    first.pk, first.run = None, 2
    first.save(force_insert=True)
    pause(upstream)
    assert rerouting.reroute() == 0
    Purchase.objects.filter(run=1).delete()
    assert rerouting.reroute() == 1
    order.type = "Default"  # for the books: it was charged as one
    order.save()


def test_a_lost_outcome_that_comes_after_the_move_moves_nothing_more(order_of, service):
    order = order_of(service=service)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, NotSent("no line"))
    buying.record(claimed, NotSent("no line"))
    assert standing(order) == ("pending", "queued", "Second", 1)
    assert len(moves(order)) == 1


def test_the_clocks_sweep_does_it(order_of, service, upstream):
    order = order_of(service=service)
    pause(upstream)
    assert tasks.reroute() == 1
    assert standing(order)[2] == "Second"
