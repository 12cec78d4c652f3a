"""One order for its reseller's page: its runs, posts and refills, and what may be done with it now."""

import itertools
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from kit import clock, ids
from orders.models import Order, Purchase, Refill, Subscription
from orders.operations import buying, place, refills
from orders.operations.cancelling import Canceled, CancelPending, CannotBeCanceled, cancel
from orders.operations.refills.requesting import OrderNotCompleted, RefillAlreadyPending, RefillNotAvailable
from orders.queries import OrderNotFound
from orders.showing import may_cancel, may_refill, one_of, posts_of, refills_of, runs_of
from providers.outcomes import Refused
from tests.orders.subscribed import posts_service, say, size, subscribe, subscription, take

__all__ = ["posts_service", "subscription"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(alice, service):
    """An order of 100 of alice's."""
    return drip(alice, service, runs=1)


def drip(who, service, runs=3):
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "100"}
    params |= {"runs": str(runs), "interval": "60"}
    return one_of(who.id, str(place(account_id=who.id, params=params, request_id=f"drip-{runs}").id))


def test_either_form_of_its_id_finds_the_accounts_own_order_and_nobody_elses(
    alice, bob, order, django_assert_num_queries
):
    with django_assert_num_queries(1):
        found = one_of(alice.id, order.shown_id)
        assert (found, found.service.category.name, found.parent, found.coupon) == (order, "Likes", None, None)
    for sent in (order.shown_id, str(order.pk)):
        with pytest.raises(OrderNotFound):
            one_of(bob.id, sent)
    for sent in ("", "0", "9" * 40, "ord_", order.shown_id[4:], f"ref_{order.shown_id[4:]}", "x\0"):
        with pytest.raises(OrderNotFound):
            one_of(alice.id, sent)


def test_an_ordinary_order_and_one_whose_provider_sends_the_runs_have_no_runs_to_show(alice, order, sell):
    assert runs_of(order) == []
    dripping = sell(dripfeed=True, remote_id="2")
    dripping.sources.update(own_dripfeed=True)
    assert runs_of(drip(alice, dripping)) == []


def test_each_run_is_shown_as_an_order_of_its_own_would_be(alice, sell, django_assert_num_queries):
    order = drip(alice, sell(dripfeed=True))
    first, second, third = Purchase.objects.filter(order=order).order_by("run")
    Purchase.objects.filter(pk=first.pk).update(
        state="done", reported="partial", provider_order_id="77", remains=40, start_count=5, claimed_at=clock.now()
    )
    Purchase.objects.filter(pk=second.pk).update(state="refused")
    retried = Purchase.objects.create(
        order=order, run=2, attempt=2, source=second.source, provider=second.provider, quantity=100, state="unknown",
        wanted_at=second.wanted_at, due_at=second.due_at, claimed_at=clock.now(),
    )  # fmt: skip
    with django_assert_num_queries(1):
        runs = runs_of(order)
    assert [(each.number, each.status, each.remains, each.start_count) for each in runs] == [
        *((1, "partial", 40, 5), (2, "processing", 100, None), (3, "pending", 100, None)),
    ]
    assert runs[1].at == retried.claimed_at
    assert runs[2].at == third.wanted_at == order.created_at + timedelta(hours=2)
    assert set(asdict(runs[0])) == {"number", "at", "quantity", "status", "start_count", "remains"}


def test_posts_are_shown_with_their_orders_the_newest_first_and_none_that_is_written_off(alice, subscription):
    order = subscription()
    assert posts_of(order) == []
    say(order, "active", "p1", "p2", "p3")
    size("p1", 200)
    size("p2", 1000)
    order.subscription.posts.filter(provider_order_id="p3").update(state="written_off")
    (newest, oldest), children = posts_of(order), list(Order.objects.filter(parent=order).order_by("-id"))
    assert [(each.order, each.public_id, each.shown_id) for each in (newest, oldest)] == [
        (child.pk, child.public_id, child.shown_id) for child in children
    ]
    assert [(each.quantity, each.charge, each.status) for each in (newest, oldest)] == [
        *((1000, Decimal("0.90"), "processing"), (200, Decimal("0.18"), "processing")),
    ]
    assert posts_of(order, most=1) == [newest]


def test_a_post_that_is_not_charged_yet_has_no_order(person, posts_service):
    carol = person("carol", deposit="0.10")
    order = subscribe(carol.id, posts_service)
    take()
    say(order, "active", "p1")
    (post,) = posts_of(order)
    assert (post.order, post.shown_id, post.charge, post.waits_for_balance) == (None, "", None, False)
    size("p1", 1000)
    (post,) = posts_of(order)
    assert (post.order, post.quantity, post.waits_for_balance) == (None, 1000, True)


def test_an_ordinary_order_has_no_posts(order):
    assert posts_of(order) == []


STATES = ("queued", "submitting", "resent", "placed", "unknown", "done")


def put(purchase, state, number):
    """Write a purchase as it is in a state."""
    at = clock.now()
    known = {"state": state.replace("resent", "submitting"), "claimed_at": None if state == "queued" else at}
    known |= {"provider_order_id": f"there-{number}"} if state in {"placed", "done"} else {}
    known |= {"reported": "completed", "remains": 0} if state == "done" else {}
    known |= {"resent_at": at} if state == "resent" else {}
    Purchase.objects.filter(pk=purchase.pk).update(**known)


@pytest.mark.parametrize("cancels", [True, False])
def test_whether_it_may_be_cancelled_is_what_cancelling_says_however_its_runs_stand(alice, sell, cancels):
    order = drip(alice, sell(dripfeed=True, cancel=cancels), runs=2)
    runs, seen = list(order.purchases.order_by("run")), []
    for states in itertools.product(STATES, repeat=2):
        if states == ("done", "done"):
            continue  # then the order has ended
        with transaction.atomic():
            for number, (run, state) in enumerate(zip(runs, states, strict=True)):
                put(run, state, number)
            before = may_cancel(order)
            said = cancel(account_id=alice.id, sent=[order.shown_id])[order.shown_id]
            after = may_cancel(one_of(alice.id, order.shown_id))
            transaction.set_rollback(True)
        assert (before is None) == isinstance(said, Canceled), states
        assert after is not None, states
        seen.append(type(before))
    assert set(seen) == ({type(None)} if cancels else {type(None), CannotBeCanceled})


def test_what_is_asked_of_the_provider_already_is_pending_and_what_has_ended_is_over(alice, sell):
    order = drip(alice, sell(cancel=True), runs=1)
    take()
    assert may_cancel(one_of(alice.id, order.shown_id)) is None
    cancel(account_id=alice.id, sent=[order.shown_id])
    assert type(may_cancel(one_of(alice.id, order.shown_id))) is CancelPending
    Purchase.objects.update(cancel_answer="The order is being delivered")
    assert may_cancel(one_of(alice.id, order.shown_id)) is None


def test_a_cancelled_one_is_not_cancelled_again(alice, order):
    cancel(account_id=alice.id, sent=[order.shown_id])
    assert type(may_cancel(one_of(alice.id, order.shown_id))) is CannotBeCanceled


def test_asking_whether_it_may_be_cancelled_changes_nothing(alice, order, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert may_cancel(order) is None
    assert list(order.purchases.values_list("state", "cancel_requested_at")) == [("queued", None)]


def test_a_subscription_may_be_ended_once(alice, subscription, posts_service):
    order = subscription()
    assert may_cancel(one_of(alice.id, order.shown_id)) is None
    cancel(account_id=alice.id, sent=[order.shown_id])
    assert Subscription.objects.get().cancel_requested_at is not None
    assert type(may_cancel(one_of(alice.id, order.shown_id))) is CancelPending


def test_a_subscription_under_way_whose_service_does_not_cancel_is_not(alice, subscription, posts_service):
    order = subscription()
    posts_service.cancel = False
    posts_service.save()
    assert type(may_cancel(one_of(alice.id, order.shown_id))) is CannotBeCanceled
    assert isinstance(cancel(account_id=alice.id, sent=[order.shown_id])[order.shown_id], CannotBeCanceled)


def test_whether_it_may_be_refilled_is_what_asking_for_it_says(alice, sell, service, django_assert_num_queries):
    assert type(may_refill(drip(alice, service, runs=1))) is RefillNotAvailable
    order = drip(alice, sell(dripfeed=True, refill=True, remote_id="2"), runs=2)
    assert type(may_refill(order)) is OrderNotCompleted
    Purchase.objects.filter(order=order).update(state="refused")
    Order.objects.filter(pk=order.pk).update(status="completed", ended_at=clock.now(), remains=0)
    with django_assert_num_queries(1):
        assert may_refill(order) is None
    said = refills.request(account_id=alice.id, sent=[order.shown_id])[order.shown_id]
    assert isinstance(said, refills.Requested)
    assert type(may_refill(order)) is RefillAlreadyPending
    assert [(each.shown_id, each.status) for each in refills_of(order)] == [
        (ids.shown("ref", said.public_id), "pending")
    ]
    assert list(refills_of(drip(alice, service, runs=1))) == []
    assert Refill.objects.count() == 1


def test_a_failed_one_may_be_neither(alice, sell):
    order = drip(alice, sell(cancel=True, refill=True), runs=1)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Refused("no such service"))
    failed = one_of(alice.id, order.shown_id)
    assert failed.status == "failed"
    assert type(may_cancel(failed)) is CannotBeCanceled
    assert type(may_refill(failed)) is OrderNotCompleted
