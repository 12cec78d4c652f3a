"""Following: what the provider says becomes the order's status, and undelivered money goes back once."""

from decimal import Decimal

import pytest

import wallets.queries
from orders.models import Purchase
from orders.operations import following
from providers.following import NotFound, StatusNews

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def placed(order_of, buy):
    """An order of 1000 that the provider has."""
    order = order_of()
    buy()
    return order


@pytest.fixture
def hear(placed):
    """Let the provider say something of the order."""

    def say(news):
        purchase = Purchase.objects.get()
        followed = following.Followed(
            purchase.pk,
            placed.pk,
            purchase.provider_id,
            str(purchase.provider_order_id),
            purchase.reported,
            purchase.remains,
            purchase.start_count,
            purchase.quantity,
        )
        batch = following.Batch(purchase.provider_id, purchase.provider, [followed])
        following.record(batch, {str(purchase.provider_order_id): news})
        placed.refresh_from_db()
        return placed.status, placed.remains, placed.charge - placed.refunded

    return say


def test_completes_an_order(order_of, buy, follow, alice):
    order = order_of()
    buy()
    follow()
    order.refresh_from_db()
    assert (order.status, order.remains, order.refunded) == ("completed", 0, 0)
    assert order.ended_at is not None
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


def test_refunds_what_a_partial_order_lacks(order_of, buy, follow, demo, alice):
    demo.control(next=["partial"])
    order = order_of()
    buy()
    follow()
    order.refresh_from_db()
    assert (order.status, order.remains, order.refunded) == ("partial", 400, Decimal("0.36"))
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.46")


def test_refunds_a_cancelled_order_whole(order_of, buy, follow, demo, alice):
    demo.control(next=["cancel"])
    order = order_of()
    buy()
    follow()
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", order.charge)
    assert wallets.queries.balance_from_database(alice.id) == 100


@pytest.mark.parametrize("behaviour", ["odd_spelling", "hidden_at_first"])
def test_understands_what_the_worst_panels_say(behaviour, order_of, buy, follow, demo):
    demo.control(hidden_seconds=0.3)
    demo.control(next=[behaviour])
    order = order_of()
    buy()
    follow()
    order.refresh_from_db()
    assert order.status == "completed"


def test_shows_how_far_it_is(hear):
    assert hear(StatusNews("in_progress", remains=650, start_count=10)) == ("in_progress", 650, Decimal("0.90"))


def test_a_word_nobody_knows_changes_nothing(hear):
    known = Purchase.objects.values("state", "reported", "remains", "start_count", "cost")
    before = known.get()
    assert hear(StatusNews(None, remains=5)) == ("processing", 1000, Decimal("0.90"))
    assert known.get() == before


def test_an_order_the_provider_does_not_know_yet_is_no_news(hear):
    assert hear(NotFound("Incorrect order ID")) == ("processing", 1000, Decimal("0.90"))


@pytest.mark.parametrize("absurd", [10**30, 5000])
def test_absurd_counters_are_bounded(absurd, hear):
    news = StatusNews("in_progress", remains=absurd, start_count=absurd)
    assert hear(news) == ("in_progress", 1000, Decimal("0.90"))


def test_a_last_word_is_the_last(hear):
    assert hear(StatusNews("partial", remains=250)) == ("partial", 250, Decimal("0.675"))
    assert hear(StatusNews("completed", remains=0)) == ("partial", 250, Decimal("0.675"))
    assert hear(StatusNews("canceled", remains=1000)) == ("partial", 250, Decimal("0.675"))


def test_a_partial_order_of_which_nothing_came_is_canceled(hear):
    assert hear(StatusNews("partial", remains=1000)) == ("canceled", 1000, Decimal(0))


def test_a_completed_order_owes_nothing_whatever_its_counter_says(hear):
    assert hear(StatusNews("completed", remains=300)) == ("completed", 0, Decimal("0.90"))


def test_a_batch_is_claimed_by_one_statement_and_by_one_follower(
    order_of, sell, upstream, buy, time, settings, django_assert_num_queries
):
    service = sell(at=upstream)
    for _ in range(30):
        order_of(service=service, quantity=50)
    buy()
    time.move(seconds=settings.FOLLOW_INTERVAL + 1)
    with django_assert_num_queries(1):  # the batch, and of the provider what it takes to ask it
        batch = following.claim([])
    assert batch is not None
    assert len(batch.purchases) == 30
    assert following.claim([]) is None


def test_a_provider_that_does_not_answer_changes_nothing_and_is_marked(placed, upstream, demo, time, settings):
    from orders import tasks

    settings.PROVIDER_TIMEOUT = 1
    demo.control(next=["html"], action="status")
    time.move(seconds=settings.FOLLOW_INTERVAL + 1)
    tasks.follow_due()
    placed.refresh_from_db()
    upstream.refresh_from_db()
    assert placed.status == "processing"
    assert upstream.failing_since is not None


def test_a_partial_that_does_not_say_how_much_is_missing_gives_nothing_back(hear):
    assert hear(StatusNews("in_progress", remains=1000)) == ("in_progress", 1000, Decimal("0.90"))
    assert hear(StatusNews("partial")) == ("in_progress", 1000, Decimal("0.90"))
    assert hear(StatusNews("partial", remains=100)) == ("partial", 100, Decimal("0.81"))


def test_an_older_look_does_not_come_over_a_newer_one(placed):
    purchase = Purchase.objects.get()
    older = following.Followed(
        purchase.pk, placed.pk, purchase.provider_id, str(purchase.provider_order_id), "", None, None, 1000
    )
    assert following.learn(older, StatusNews("in_progress", remains=300))
    assert not following.learn(older, StatusNews("in_progress", remains=700))
    assert Purchase.objects.get().remains == 300
