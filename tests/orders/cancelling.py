"""Cancelling what is under way: the provider is asked, and its word alone decides."""

from datetime import timedelta
from decimal import Decimal

import pytest

import wallets.queries
from catalog.models import Source
from events.models import Event
from kit import clock
from orders import tasks
from orders.models import Purchase
from orders.operations import buying, cancelling_upstream, mark_placed
from orders.operations.cancelling import Canceled, CannotBeCanceled, cancel
from providers.cancelling import NotCancelable
from providers.models import Provider
from providers.outcomes import NotSent, Refused
from tests.breaking import refused_by

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ordered(order_of, demo):
    """Place an order of 1000 at a service that cancels; its delivery takes ten seconds."""
    demo.control(delivery_seconds=10)

    def make(**fields):
        return order_of(**({"cancel": True} | fields))

    return make


@pytest.fixture
def give_up(alice):
    """Cancel an order as alice's program does; return its outcome."""
    return lambda order: cancel(account_id=alice.id, sent=[order.shown_id], actor="api:test")[order.shown_id]


def asked(demo):
    return [call["params"] for call in demo.calls("cancel")]


def kinds(order, like="purchase.cancel"):
    history = Event.objects.filter(subject="order", subject_id=order.pk, kind__startswith=like)
    return list(history.order_by("id").values_list("kind", flat=True))


def test_the_provider_is_asked_and_its_word_ends_the_order(ordered, buy, follow, demo, give_up, alice):
    order = ordered()
    buy()
    theirs = order.purchases.get().provider_order_id
    assert isinstance(give_up(order), Canceled)
    assert tasks.cancel_due() == 1
    assert asked(demo) == [{"orders": theirs}]
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("processing", 0)  # never before its word
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")

    follow()

    order.refresh_from_db()
    delivered = 1000 - order.remains
    assert order.status == ("partial" if delivered else "canceled")
    assert order.remains > 0
    assert order.refunded == Decimal("0.90") * order.remains / 1000
    assert kinds(order) == ["purchase.cancel_sent"]
    assert tasks.cancel_due() == 0


def test_what_was_delivered_before_it_took_effect_is_paid(ordered, buy, follow, demo, give_up):
    demo.control(delivery_seconds=2, cancel_seconds=1)
    order = ordered()
    buy()
    give_up(order)
    tasks.cancel_due()
    follow()
    order.refresh_from_db()
    assert order.status == "partial"
    assert 0 < order.remains < 1000
    assert order.refunded == Decimal("0.90") * order.remains / 1000


def test_a_cancel_that_the_provider_takes_and_forgets_refunds_nothing(ordered, buy, follow, demo, give_up):
    demo.control(delivery_seconds=1)
    demo.control(next=["cancel_ignored"], action="cancel")
    order = ordered()
    buy()
    give_up(order)
    tasks.cancel_due()
    follow()
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("completed", 0)
    assert isinstance(give_up(order), CannotBeCanceled)


def test_a_refused_cancel_is_kept_in_its_words_and_may_be_asked_for_again(ordered, buy, demo, give_up):
    demo.control(next=["cancel_refused"], action="cancel")
    order = ordered()
    buy()
    give_up(order)
    tasks.cancel_due()
    purchase = order.purchases.get()
    assert (purchase.cancel_answer, purchase.cancel_due_at) == ("Order cannot be canceled", None)
    assert kinds(order) == ["purchase.cancel_refused"]
    assert tasks.cancel_due() == 0

    assert isinstance(give_up(order), Canceled)
    tasks.cancel_due()
    purchase.refresh_from_db()
    assert (purchase.cancel_answer, purchase.cancel_sent_at is not None) == ("", True)
    assert len(asked(demo)) == 2


@pytest.mark.parametrize(
    "behaviour", ["html", "html_after_placing", "500_before_placing", "reset_after_placing", "too_many_requests"]
)
def test_a_lost_answer_is_asked_for_again_ever_more_patiently(behaviour, ordered, buy, demo, give_up, time):
    order = ordered()
    buy()
    give_up(order)
    demo.control(next=[behaviour] * 3, action="cancel")
    waited = []
    for _ in range(3):
        assert tasks.cancel_due() == 1
        purchase = order.purchases.get()
        waited.append(purchase.cancel_due_at.timestamp() - time.at)
        time.move(seconds=waited[-1] - 1)
        assert tasks.cancel_due() == 0
        time.move(seconds=1)
    assert waited == pytest.approx([30, 30, 60], abs=0.01)
    assert tasks.cancel_due() == 1
    purchase = order.purchases.get()
    assert (purchase.cancel_sent_at is not None, purchase.cancel_due_at) == (True, None)
    assert kinds(order) == ["purchase.cancel_sent"]


def test_a_provider_that_does_not_answer_in_time_is_asked_again(ordered, buy, demo, give_up, settings, time):
    settings.PROVIDER_TIMEOUT = 1
    order = ordered()
    buy()
    give_up(order)
    demo.control(next=["timeout_after_placing"], action="cancel")
    assert tasks.cancel_due() == 1
    assert order.purchases.get().cancel_sent_at is None
    time.move(seconds=31)
    assert tasks.cancel_due() == 1
    assert order.purchases.get().cancel_sent_at is not None


def test_a_panel_that_hides_the_order_at_first_is_asked_again(ordered, buy, demo, give_up, time):
    demo.control(hidden_seconds=60)
    demo.control(next=["hidden_at_first"])
    order = ordered()
    buy()
    give_up(order)
    tasks.cancel_due()
    purchase = order.purchases.get()
    assert (purchase.cancel_answer, purchase.cancel_sent_at, purchase.cancel_due_at is not None) == ("", None, True)


def test_a_hundred_go_in_one_call_and_the_rest_in_another(sell, upstream, order_of, demo, alice):
    service = sell(at=upstream, cancel=True)
    orders = [order_of(service=service, quantity=50) for _ in range(103)]
    for number, order in enumerate(orders, start=1):
        order.purchases.update(state="placed", provider_order_id=str(number))
    cancel(account_id=alice.id, sent=[each.shown_id for each in orders[:60]])
    cancel(account_id=alice.id, sent=[each.shown_id for each in orders[60:]])
    assert tasks.cancel_due() == 2
    assert [len(each["orders"].split(",")) for each in asked(demo)] == [100, 3]


def test_nobody_is_asked_before_there_is_room_in_his_pace(ordered, buy, upstream, demo, give_up, time):
    order = ordered()
    buy()
    give_up(order)
    Provider.objects.filter(pk=upstream.pk).update(calls_per_minute=1, next_call_at=clock.now() + timedelta(seconds=30))
    assert tasks.cancel_due() == 0
    assert asked(demo) == []
    time.move(seconds=31)
    assert tasks.cancel_due() == 1


def test_what_ends_before_its_provider_is_asked_is_asked_about_no_more(ordered, buy, follow, demo, give_up):
    demo.control(delivery_seconds=0)
    order = ordered()
    buy()
    give_up(order)
    follow()
    assert tasks.cancel_due() == 0
    assert asked(demo) == []
    purchase = order.purchases.get()
    assert (purchase.cancel_due_at, purchase.cancel_requested_at is not None) == (None, True)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("completed", 0)


def test_what_was_being_sent_is_asked_about_once_it_is_placed(ordered, demo, give_up):
    order = ordered()
    claimed = buying.claim([])
    assert claimed is not None
    assert isinstance(give_up(order), Canceled)
    assert tasks.cancel_due() == 0
    buying.record(claimed, buying.send(claimed))
    assert tasks.cancel_due() == 1
    assert order.purchases.get().cancel_sent_at is not None


def test_what_was_being_sent_and_was_not_is_withdrawn_and_not_sent_again(ordered, demo, give_up, buy, alice, time):
    order = ordered()
    claimed = buying.claim([])
    assert claimed is not None
    give_up(order)
    buying.record(claimed, NotSent("the connection was refused"))
    time.move(seconds=120)
    assert buying.claim([]) is None
    tasks.cancel_due()
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", Decimal("0.90"))
    assert demo.calls("add") == []
    assert wallets.queries.balance_from_database(alice.id) == 100


def test_what_was_being_sent_and_was_refused_goes_to_no_other_source(ordered, give_up, sell, upstream):
    order = ordered()
    Source.objects.create(service=order.service, provider=upstream, remote_id="2", priority=2, cost=Decimal("0.10"))
    claimed = buying.claim([])
    assert claimed is not None
    give_up(order)
    buying.record(claimed, Refused("Link is private"))
    order.refresh_from_db()
    assert (order.status, order.refunded, order.purchases.count()) == ("failed", Decimal("0.90"), 1)


def test_an_unknown_one_is_asked_about_once_the_operator_finds_it(ordered, buy, demo, give_up):
    demo.control(next=["html_after_placing"])
    order = ordered()
    buy()
    assert isinstance(give_up(order), Canceled)
    purchase = order.purchases.get()
    told = Event.objects.get(kind="order.cancel_requested")
    assert (told.data["unknown"], told.actor) == ([purchase.pk], "api:test")
    assert tasks.cancel_due() == 0
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("processing", 0)
    theirs = str(demo.orders()[0]["order"])
    mark_placed(order_id=order.pk, provider_order_id=theirs, actor="operator@example.com", reason="it is there")
    assert tasks.cancel_due() == 1
    assert asked(demo) == [{"orders": theirs}]


@pytest.fixture
def drip(ordered):
    """An order of three runs of 100."""

    def make(**fields):
        order = ordered(quantity=300, **fields)
        first = order.purchases.get()
        type(order).objects.filter(pk=order.pk).update(runs=3, interval=10)
        Purchase.objects.filter(pk=first.pk).update(quantity=100)
        later = {"source_id": first.source_id, "provider_id": first.provider_id, "quantity": 100}
        times = {"wanted_at": first.due_at.replace(year=2099), "due_at": first.due_at.replace(year=2099)}
        Purchase.objects.bulk_create(Purchase(order=order, run=run, **later, **times) for run in (2, 3))
        order.refresh_from_db()
        return order

    return make


def test_runs_that_are_not_sent_are_refunded_at_once_and_the_sent_one_by_its_provider(drip, buy, follow, give_up, demo):
    demo.control(delivery_seconds=0.2)
    order = drip()
    buy()
    assert isinstance(give_up(order), Canceled)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("processing", Decimal("0.18"))
    assert list(order.purchases.values_list("run", "state")) == [(1, "placed"), (2, "withdrawn"), (3, "withdrawn")]
    follow()
    order.refresh_from_db()
    assert (order.status, order.remains, order.refunded) == ("partial", 200, Decimal("0.18"))
    assert isinstance(give_up(order), Canceled)


def test_runs_under_way_at_a_service_that_does_not_cancel_stay_as_they_are(drip, buy, give_up):
    order = drip(cancel=False)
    buy()
    before = list(Purchase.objects.values()), Event.objects.count()
    assert isinstance(give_up(order), CannotBeCanceled)
    assert (list(Purchase.objects.values()), Event.objects.count()) == before


def test_runs_of_which_none_is_sent_are_cancelled_at_once(drip, give_up, alice):
    order = drip(cancel=False)
    assert isinstance(give_up(order), Canceled)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", order.charge)
    assert wallets.queries.balance_from_database(alice.id) == 100


def test_an_answer_to_an_older_request_does_not_end_a_newer_one(ordered, buy, give_up):
    order = ordered()
    buy()
    give_up(order)
    old = cancelling_upstream.claim([])
    assert old is not None
    Purchase.objects.update(cancel_answer="no", cancel_due_at=None)
    give_up(order)
    cancelling_upstream.record(old, {old.purchases[0].provider_order_id: NotCancelable("no")})
    assert order.purchases.get().cancel_due_at is not None


def test_what_is_to_be_asked_was_asked_for(ordered, buy):
    order = ordered()
    buy()
    with refused_by("purchase_cancel_due_was_requested"):
        order.purchases.update(cancel_due_at="2026-01-01T00:00Z")
