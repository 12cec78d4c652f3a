"""How large a post was: by what the provider took for it, within what was agreed."""

from decimal import Decimal

import pytest

from events.models import Event
from orders.models import Order, Post
from orders.operations.subscriptions import measuring
from orders.subscription_states import Measured, measured
from providers.following import NoNews, NotFound, StatusNews
from tests.orders.subscribed import balance, posts_service, say, subscription

__all__ = ["posts_service", "subscription"]


@pytest.mark.parametrize(
    ("low", "high", "charge", "cost", "expected"),
    [
        (100, 100, None, "0", Measured(100, "agreed")),
        (100, 1000, "0.25", "0.50", Measured(500, "charge")),
        (100, 1000, "0.2502", "0.50", Measured(500, "charge")),  # a provider with few decimals
        (100, 1000, "0.25025", "0.50", Measured(501, "charge")),  # half up
        (100, 1000, "0.01", "0.50", Measured(100, "charge, clamped")),
        (100, 1000, "25", "0.50", Measured(1000, "charge, clamped")),
        (100, 1000, None, "0.50", None),
        (100, 1000, "0", "0.50", None),
        (100, 1000, "0.25", "0", None),
    ],
)
def test_is_taken_from_the_providers_charge(low, high, charge, cost, expected):
    assert measured(low, high, None if charge is None else Decimal(charge), Decimal(cost)) == expected


@pytest.fixture
def reported(subscription, time):
    """A post of 100 to 1000 that the provider has reported."""
    say(subscription(posts=3), "active", "p1")
    return Post.objects.get()


def tell(post, news):
    told = measuring.measure(order_id=post.subscription_id, post_id=post.pk, news=news)
    post.refresh_from_db()
    return told


@pytest.mark.django_db(transaction=True)
def test_the_providers_numbers_are_kept_with_it_and_in_its_event(reported):
    assert tell(reported, StatusNews("in_progress", charge=Decimal("0.25"), said="In progress"))
    assert reported.seen == {
        "basis": "charge", "their_charge": "0.25", "their_rate": "0.50000000", "said": "In progress",
    }  # fmt: skip
    told = Event.objects.get(kind="subscription.post_charged").data
    assert (told["their_charge"], told["quantity"], told["charge"], told["refund"]) == ("0.25", 500, "0.45", "0.045")


@pytest.mark.django_db(transaction=True)
def test_one_whose_price_is_not_told_waits_an_hour_and_counts_as_the_least(reported, time, alice):
    assert not tell(reported, StatusNews("in_progress"))
    time.move(minutes=59)
    assert not tell(reported, StatusNews("in_progress", charge=Decimal(0)))
    assert reported.state == "reported"
    time.move(minutes=1)
    assert tell(reported, StatusNews("in_progress"))
    assert (reported.state, reported.quantity, reported.seen["basis"]) == ("charged", 100, "minimum")
    assert balance(alice) == 100 - Decimal("0.09")


@pytest.mark.django_db(transaction=True)
def test_one_that_ended_without_a_price_counts_as_the_least_at_once(reported):
    assert tell(reported, StatusNews("completed"))
    assert (reported.quantity, reported.seen["basis"]) == (100, "minimum")


@pytest.mark.django_db(transaction=True)
def test_one_the_provider_does_not_know_for_a_day_is_written_off(reported, time, alice):
    news = NotFound("Incorrect order ID")
    time.move(hours=23)
    assert not tell(reported, news)
    assert reported.state == "reported"
    time.move(hours=1)
    assert tell(reported, news)
    assert (reported.state, reported.note) == ("written_off", "the provider has not known it for a day")
    assert not Order.objects.exclude(parent=None).exists()
    assert balance(alice) == 100 - Decimal("0.045")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("news", [None, NoNews("an HTML page")])
def test_a_provider_that_answers_nonsense_leaves_it_waiting(news, reported, time):
    time.move(hours=48)
    assert not tell(reported, news)
    assert reported.state == "reported"


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_claimed_once_and_asked_again_after_the_interval(reported, time, settings):
    batch = measuring.claim([])
    assert batch is not None
    assert [name for _, _, name in batch.posts] == ["p1"]
    assert measuring.claim([]) is None
    time.move(seconds=settings.FOLLOW_INTERVAL + 1)
    assert measuring.claim([reported.provider_id]) is None
    assert measuring.claim([]) is not None
