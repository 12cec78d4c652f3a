"""A refused order goes to the next source; one that may have been placed never does."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

import wallets.queries
from catalog.models import ExchangeRate, Source, Stop
from events.queries import history
from orders.models import Purchase
from orders.operations import buying
from providers.outcomes import Placed, Refused
from tests.orders.sources import add_source, place_in_runs, second, second_demo, service
from tests.racing import at_once

__all__ = ["second", "second_demo", "service"]
pytestmark = pytest.mark.django_db(transaction=True)


def attempts(order):
    rows = order.purchases.order_by("run", "attempt").values_list("run", "attempt", "provider__name", "state")
    return list(rows)


def standing(order):
    order.refresh_from_db()
    return order.status, order.refunded


def kinds(order):
    return [event.kind for event in history("order", order.pk)]


def refused():
    """Claim the purchase that is due and let its provider refuse it."""
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Refused("Bad link", '{"error": "Bad link"}'))
    return claimed


def test_the_second_source_delivers_what_the_first_refuses(
    order_of, service, buy, follow, demo, second_demo, alice, second, upstream
):
    demo.control(next=["refuse"])
    order = order_of(service=service)
    buy()
    assert attempts(order) == [(1, 1, "Demo", "refused"), (1, 2, "Second", "placed")]
    follow()
    assert standing(order) == ("completed", 0)
    assert (len(demo.orders()), len(second_demo.orders())) == (0, 1)
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    first, other = order.purchases.order_by("attempt")
    assert (first.cost, first.sent) == (0, demo.calls("add")[0]["params"])
    assert "error" in first.answer
    assert (other.sent, other.provider_order_id) == (
        second_demo.calls("add")[0]["params"],
        str(second_demo.orders()[0]["order"]),
    )
    told = history("order", order.pk).get(kind="purchase.failed_over").data
    assert told == {"purchase": other.pk, "after": first.pk, "from": upstream.pk, "to": second.pk}
    assert kinds(order)[:5] == [
        *("order.placed", "purchase.refused", "purchase.failed_over", "purchase.placed", "order.processing")
    ]


def test_fails_and_refunds_what_every_source_refuses(order_of, service, buy, demo, second_demo, alice):
    demo.control(next=["refuse"])
    second_demo.control(next=["refuse"])
    order = order_of(service=service)
    buy()
    assert attempts(order) == [(1, 1, "Demo", "refused"), (1, 2, "Second", "refused")]
    assert standing(order) == ("failed", Decimal("0.90"))
    assert wallets.queries.balance_from_database(alice.id) == 100
    assert (len(demo.calls("add")), len(second_demo.calls("add"))) == (1, 1)


@pytest.mark.parametrize("behaviour", ["timeout_after_placing", "500_after_placing", "html", "reset_before_placing"])
def test_an_unknown_outcome_asks_nobody_else(
    behaviour, order_of, service, buy, demo, second_demo, settings, alice, time
):
    settings.PROVIDER_TIMEOUT = 1
    demo.control(next=[behaviour])
    order = order_of(service=service)
    buy()
    time.move(hours=settings.HOLD_HOURS + 1)
    from orders import tasks

    tasks.reroute()
    tasks.sweep()
    buy()
    assert attempts(order) == [(1, 1, "Demo", "unknown")]
    assert standing(order) == ("processing", 0)
    assert second_demo.calls("add") == []
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


@pytest.mark.parametrize(
    ("floor", "cost", "goes_there"),
    [
        ("0", "0.90", True),
        ("0", "0.90000001", False),
        ("10", "0.81", True),
        ("10", "0.81000001", False),
        ("-10", "0.99", True),
        ("-10", "0.99000001", False),
    ],
)
def test_the_margin_floor_is_respected_to_the_eighth_decimal(
    floor, cost, goes_there, order_of, sell, upstream, second, settings
):
    settings.MARGIN_FLOOR = Decimal(floor)
    service = sell(at=upstream)
    add_source(service, second, cost=cost)
    order = order_of(service=service)
    refused()
    expected = [(1, 1, "Demo", "refused"), (1, 2, "Second", "queued")] if goes_there else [(1, 1, "Demo", "refused")]
    assert attempts(order) == expected
    assert standing(order) == (("pending", 0) if goes_there else ("failed", Decimal("0.90")))


@pytest.mark.parametrize(
    ("worth", "goes_there"), [(None, False), ("1.5", True), ("1.50000001", False)], ids=["untold", "just", "too dear"]
)
def test_another_currency_counts_by_the_operators_exchange_rate(
    worth, goes_there, order_of, sell, upstream, second, buy, demo, second_demo
):
    if worth is not None:
        ExchangeRate.objects.create(currency="EUR", usd=Decimal(worth), changed_at=timezone.now())
    service = sell(at=upstream)
    add_source(service, second, cost="0.60", currency="EUR")
    demo.control(next=["refuse"])
    order = order_of(service=service)
    buy()
    assert len(second_demo.orders()) == goes_there
    if goes_there:
        bought = order.purchases.get(attempt=2)
        assert (bought.state, bought.cost, bought.currency) == ("placed", Decimal("0.60"), "EUR")
        assert bought.exchange_rate == Decimal(worth)
    else:
        assert standing(order) == ("failed", Decimal("0.90"))


def test_a_package_costs_its_price_and_not_a_thousandth_of_it(order_of, sell, upstream, second):
    service = sell(at=upstream, type="Package", rate="2.5", min=1, max=1, remote_id="14")
    dear = add_source(service, second, cost="2.51", remote_id="14")
    order = order_of(service=service)
    refused()
    assert standing(order) == ("failed", Decimal("2.50"))
    dear.cost = Decimal("2.5")
    dear.save()
    another = order_of(service=service)
    refused()
    assert attempts(another) == [(1, 1, "Demo", "refused"), (1, 2, "Second", "queued")]


def switch_off_its_source(provider):
    Source.objects.filter(provider=provider).update(active=False)


def pause(provider):
    provider.active = False
    provider.save()


def stop(provider):
    Stop.objects.create(provider=provider, text="Closed", since=timezone.now())


@pytest.mark.parametrize("close", [switch_off_its_source, pause, stop])
def test_what_is_switched_off_paused_or_stopped_is_no_next_source(close, order_of, service, second):
    close(second)
    order = order_of(service=service)
    refused()
    assert standing(order) == ("failed", Decimal("0.90"))


def test_one_that_works_goes_before_one_that_does_not(order_of, service, provider, second):
    second.failing_since, second.failure, second.failing_at = timezone.now(), "no funds", "add"
    second.save()
    add_source(service, provider, priority=3)
    order = order_of(service=service)
    refused()
    assert attempts(order)[-1] == (1, 2, provider.name, "queued")


def test_each_run_fails_over_by_itself_at_its_share_of_the_charge(alice, sell, upstream, second):
    service = sell(at=upstream, dripfeed=True)
    add_source(service, second, cost="0.90")
    order = place_in_runs(alice, service, runs=3)
    refused()
    assert attempts(order) == [
        *((1, 1, "Demo", "refused"), (1, 2, "Second", "queued"), (2, 1, "Demo", "queued"), (3, 1, "Demo", "queued"))
    ]
    assert order.purchases.get(run=1, attempt=2).quantity == 1000


def test_a_source_that_delivers_all_runs_itself_is_no_match_for_one_that_does_not(alice, sell, upstream, second):
    service = sell(at=upstream, dripfeed=True)
    add_source(service, second, own_dripfeed=True)
    order = place_in_runs(alice, service, runs=2)
    refused()
    assert attempts(order) == [(1, 1, "Demo", "refused"), (2, 1, "Demo", "queued")]


def test_what_the_reseller_has_cancelled_meanwhile_is_bought_nowhere_else(order_of, service):
    order = order_of(service=service)
    claimed = buying.claim([])
    assert claimed is not None
    Purchase.objects.filter(order=order).update(cancel_requested_at=timezone.now())
    buying.record(claimed, Refused("no"))
    assert attempts(order) == [(1, 1, "Demo", "refused")]
    assert standing(order) == ("failed", Decimal("0.90"))


def test_twenty_recorders_of_one_refusal_make_one_new_attempt(order_of, service):
    order = order_of(service=service)
    claimed = buying.claim([])
    assert claimed is not None
    assert at_once(*[partial(buying.record, claimed, Refused("no"))] * 20) == [None] * 20
    assert attempts(order) == [(1, 1, "Demo", "refused"), (1, 2, "Second", "queued")]
    assert kinds(order) == ["order.placed", "purchase.refused", "purchase.failed_over"]


def test_a_run_cannot_be_bought_twice_even_past_the_code(order_of, service):
    order = order_of(service=service)
    live = order.purchases.get()
    live.pk, live.attempt = None, 2
    with pytest.raises(IntegrityError, match="purchase_one_live_per_run"), transaction.atomic():
        live.save(force_insert=True)
    assert order.purchases.count() == 1


def test_a_late_answer_is_told_beside_the_new_attempt_and_moves_nothing(order_of, service):
    order = order_of(service=service)
    claimed = refused()
    buying.record(claimed, Placed("77", '{"order": 77}'))
    assert attempts(order) == [(1, 1, "Demo", "refused"), (1, 2, "Second", "queued")]
    assert kinds(order)[-1] == "purchase.contradicted"


@pytest.mark.parametrize(("cost", "answers"), [("0.90", 200), ("0.91", 400), ("5.00", 400)])
def test_what_stands_in_for_a_stopped_provider_is_not_sold_at_a_loss(
    post, alice, service, upstream, second, cost, answers
):
    Source.objects.filter(provider=second).update(cost=Decimal(cost))
    Stop.objects.create(provider=upstream, text="Back on Monday", since=timezone.now())
    form = {"service": service.pk, "link": "https://example.com/p", "quantity": "1000", "request_id": "stopped"}
    answer = post(key=alice.key, action="add", **form)
    assert answer.status == answers
    if answers == 400:
        assert answer.json == {"error": "Back on Monday"}


def test_a_first_source_that_the_operator_sells_at_a_loss_goes_on_where_another_is_stopped(
    post, alice, service, upstream, second
):
    Source.objects.filter(provider=upstream).update(cost=Decimal("2.00"))
    Stop.objects.create(provider=second, text="Back on Monday", since=timezone.now())
    form = {"service": service.pk, "link": "https://example.com/p", "quantity": "1000", "request_id": "stopped"}
    assert post(key=alice.key, action="add", **form).status == 200
    assert Purchase.objects.get().provider == upstream
