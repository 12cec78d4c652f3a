"""Subscriptions: each post the provider reports is an order of its own, charged once; what is unused goes back once."""

from decimal import Decimal

import pytest

from events.models import Event
from orders import ledger
from orders.models import Order, Post, Purchase, Subscription
from tests.orders.subscribed import balance, facts, posts_service, say, size, subscribe, subscription, take

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db(transaction=True)
FIRST = Decimal("0.045")  # 0.90 x 50 / 1000: the service's min


def test_takes_the_first_posts_money_at_placing(alice, posts_service):
    order = subscribe(alice.id, posts_service, posts=5)
    assert (order.charge, order.quantity, order.remains, order.link) == (FIRST, 5, 5, "")
    assert facts(order) == ("active", "pending", FIRST, 5)
    assert balance(alice) == 100 - FIRST
    known = Subscription.objects.get()
    assert (known.username, known.min, known.max, known.delay, known.posts_wanted) == ("alice", 100, 1000, 0, 5)


def test_one_without_an_end_has_no_posts_left(alice, posts_service):
    order = subscribe(alice.id, posts_service, expiry="31/12/2099")
    assert (order.quantity, order.remains) == (0, 0)
    assert str(Subscription.objects.get().expires_on) == "2099-12-31"


def test_is_processing_until_the_provider_begins(subscription):
    order = subscription(posts=2)
    assert facts(order) == ("active", "processing", FIRST, 2)
    say(order, "active")
    assert facts(order) == ("active", "in_progress", FIRST, 2)


def test_charges_each_post_the_first_out_of_the_first_money(subscription, alice):
    order = subscription(posts=3)
    say(order, "active", "p1")
    size("p1", 200)  # 0.18
    assert facts(order) == ("active", "in_progress", Decimal(0), 2)
    assert balance(alice) == 100 - Decimal("0.18")
    say(order, "active", "p1", "p2")
    size("p2", 1000)
    assert balance(alice) == 100 - Decimal("0.18") - Decimal("0.90")
    first, second = Order.objects.filter(parent=order).order_by("id")
    assert (first.quantity, first.charge, first.status, first.type) == (200, Decimal("0.18"), "processing", "Default")
    assert (second.quantity, second.charge) == (1000, Decimal("0.90"))
    assert facts(order) == ("active", "in_progress", Decimal(0), 1)


def test_a_post_is_followed_and_refunded_like_any_order(subscription, alice):
    from orders.operations import following
    from providers.following import StatusNews
    from tests.orders.subscribed import followed

    order = subscription(posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    bought = Purchase.objects.get(provider_order_id="p1")
    assert (bought.state, bought.cost) == ("placed", Decimal("0.50"))
    following.learn(followed(bought), StatusNews("partial", remains=400))
    child = Order.objects.get(parent=order)
    assert (child.status, child.refunded) == ("partial", Decimal("0.36"))
    assert balance(alice) == 100 - Decimal("0.54")
    assert facts(order)[:2] == ("active", "in_progress")


def test_a_first_post_cheaper_than_its_money_leaves_the_rest_for_the_end(alice, sell):
    service = sell(type="Subscriptions", min=500, max=5000)
    order = subscribe(alice.id, service, min=500, max=600, posts=1)
    take()
    Subscription.objects.update(min=100)  # a provider that delivers less than agreed
    say(order, "active", "p1")
    size("p1", 200)
    assert facts(order)[2] == Decimal("0.45") - Decimal("0.18")
    say(order, "completed", "p1")
    assert facts(order) == ("completed", "completed", Decimal(0), 0)
    assert balance(alice) == 100 - Decimal("0.18")


def test_what_is_unused_goes_back_once_at_the_end(subscription, alice):
    order = subscription(posts=3)
    purchase = Purchase.objects.get(order=order)
    assert say(order, "canceled", purchase=purchase)
    assert facts(order) == ("canceled", "canceled", Decimal(0), 3)
    assert balance(alice) == 100
    for word in ["canceled", "active", "completed", "expired"]:
        assert not say(order, word, "late", purchase=purchase)
    assert facts(order) == ("canceled", "canceled", Decimal(0), 3)
    assert balance(alice) == 100
    assert not Post.objects.exists()
    assert Event.objects.filter(kind="order.refunded").count() == 1


@pytest.mark.parametrize(
    ("word", "posts", "state", "status"),
    [
        ("completed", 2, "completed", "completed"),
        ("expired", 1, "expired", "completed"),
        ("canceled", 1, "canceled", "canceled"),
        ("canceled", 2, "completed", "completed"),  # all that was wanted had been begun
    ],
)
def test_ends_by_the_providers_word(word, posts, state, status, subscription, alice):
    order = subscription(posts=2)
    names = [f"p{each}" for each in range(posts)]
    say(order, "active", *names)
    for each in names:
        size(each, 1000)
    say(order, word, *names)
    assert facts(order) == (state, status, Decimal(0), 2 - posts)
    assert balance(alice) == 100 - Decimal("0.90") * posts
    order.refresh_from_db()
    assert order.ended_at is not None


def test_the_last_post_may_come_with_the_last_word(subscription, alice):
    order = subscription(posts=1)
    say(order, "completed", "p1")
    assert facts(order) == ("active", "in_progress", FIRST, 0)  # until it is known how large the post was
    size("p1", 100)
    assert facts(order) == ("completed", "completed", Decimal(0), 0)
    assert balance(alice) == 100 - Decimal("0.09")


def test_a_refused_one_fails_and_is_refunded(alice, posts_service):
    from orders.operations import buying
    from providers.outcomes import Refused

    order = subscribe(alice.id, posts_service, posts=3)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Refused("no such user"))
    assert facts(order) == ("canceled", "failed", Decimal(0), 3)
    assert balance(alice) == 100


def test_posts_beyond_what_was_ordered_are_never_charged(subscription, alice):
    order = subscription(posts=1)
    say(order, "active", "p1", "p2")
    size("p1", 100)
    assert Post.objects.get(provider_order_id="p2").state == "written_off"
    say(order, "completed", "p1", "p2")
    assert facts(order)[:2] == ("completed", "completed")
    assert balance(alice) == 100 - Decimal("0.09")


def test_old_posts_come_besides_the_new_ones(subscription):
    order = subscription(posts=1, old_posts=1)
    say(order, "active", "p1")
    size("p1", 100)
    assert facts(order)[3] == 1
    say(order, "active", "p1", "p2")
    size("p2", 100)
    assert facts(order)[3] == 0


def test_a_post_with_an_order_id_that_is_another_orders_is_never_charged(subscription, alice, sell):
    from tests.orders.subscribed import next_order

    other = next_order(alice, sell)
    order = subscription(posts=2)
    say(order, "active", other)
    size(other, 100)
    assert Post.objects.get().state == "written_off"
    assert not Order.objects.filter(parent=order).exists()
    assert Event.objects.filter(kind="subscription.post_written_off").count() == 1


def test_words_nobody_knows_change_nothing(subscription, alice):
    order = subscription(posts=2)
    before = facts(order)
    assert not say(order, None, "p1")
    assert facts(order) == before
    assert not Post.objects.exists()


def test_its_page_finds_every_entry_of_it(subscription):
    order = subscription(posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    say(order, "canceled", "p1")
    order.refresh_from_db()
    assert [each.amount for each in ledger.entries(order)] == [-FIRST, FIRST]


def test_asks_nobody_how_large_a_post_is_where_all_are_alike(subscription, alice):
    order = subscription(min=300, max=300, posts=2)
    say(order, "active", "p1")
    assert Order.objects.get(parent=order).quantity == 300
    assert balance(alice) == 100 - Decimal("0.27")
    assert Post.objects.get().seen == {"basis": "agreed"}


STANDARD, CLASSIC = ("ord_A", "ord_B", "ord_C"), ("61", "62", "63")


@pytest.mark.parametrize(("ids", "others"), [(STANDARD, CLASSIC), (CLASSIC, STANDARD)])
def test_a_post_is_charged_once_when_the_provider_changes_its_dialect(ids, others, subscription):
    """A NotPanel's ids are of the key's dialect, which may change at any time, and back."""
    order = subscription()
    say(order, "active", *ids[:2])
    say(order, "active", *others[:2])
    assert [post.provider_order_id for post in Post.objects.order_by("id")] == [*ids[:2]]
    say(order, "active", *others)
    say(order, "active", *others)
    say(order, "active", *ids)
    assert [post.provider_order_id for post in Post.objects.order_by("id")] == [*ids[:2], others[2]]
