"""What a provider says of a subscription, and that an ordinary order's status is read as ever."""

from datetime import date

import pytest

from providers.following import StatusNews
from providers.subscriptions import SubscriptionNews
from tests.providers.hearing_of_orders import status

CLASSIC: dict[str, object] = {"status": "Active", "expiry": None, "posts": "2", "orders": [17, 18]}


def told(**change: object) -> SubscriptionNews:
    """Return what is read of a subscription's answer with this change."""
    news = status(CLASSIC | change)
    assert isinstance(news, StatusNews)
    assert news.subscription is not None
    return news.subscription


def test_reads_what_a_good_panel_says() -> None:
    assert status(CLASSIC) == StatusNews(
        "in_progress", said="Active", subscription=SubscriptionNews("active", 2, ("17", "18"), None)
    )


@pytest.mark.parametrize(
    ("spelled", "state", "as_order"),
    [
        ("Active", "active", "in_progress"),
        ("In progress", "active", "in_progress"),
        ("Pending", "active", "in_progress"),
        ("PAUSED", "paused", "in_progress"),
        ("Completed", "completed", "completed"),
        ("Expired", "expired", "completed"),
        ("Canceled", "canceled", "canceled"),
        ("cancelled ", "canceled", "canceled"),
        ("Telepathic", None, None),
        (3, None, None),
        (None, None, None),
    ],
)
def test_knows_every_state_in_its_spellings(spelled: object, state: str | None, as_order: str | None) -> None:
    news = status(CLASSIC | {"status": spelled})
    assert isinstance(news, StatusNews)
    assert news.subscription is not None
    assert (news.subscription.state, news.status) == (state, as_order)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([1, "2", 3.0], ("1", "2", "3")),
        (["1", "1"], ("1",)),
        ("1,2, 3", ("1", "2", "3")),
        (7, ("7",)),
        ([{"order": 1}, {"id": "2"}, {}], ("1", "2")),
        ({"1": {"status": "Completed"}, "2": {}}, ("1", "2")),
        ([0, -1, None, True, "null", "a b", [1]], ()),
        ([], ()),
        (None, ()),
        ("", ()),
    ],
)
def test_reads_the_ids_of_its_posts_however_they_are_written(sent: object, read: tuple[str, ...]) -> None:
    assert told(orders=sent).orders == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [("0", 0), (12, 12), ("12.0", 12), ("-1", None), (None, None), ("many", None), (10**10, None), (True, None)],
)
def test_reads_how_many_posts_there_were_or_not_at_all(sent: object, read: int | None) -> None:
    assert told(posts=sent).posts == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("31/12/2026", date(2026, 12, 31)),
        ("2026-12-31", date(2026, 12, 31)),
        ("2026-12-31 10:00:00", date(2026, 12, 31)),
        ("2026-12-31T10:00:00Z", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("31/02/2026", None),
        ("0000-00-00", None),
        ("never", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_reads_the_day_it_ends_on_or_none(sent: object, read: date | None) -> None:
    assert told(expiry=sent).expiry == read


def test_an_ordinary_order_that_is_active_is_in_progress_and_no_subscription() -> None:
    assert status({"status": "Active", "remains": "5"}) == StatusNews("in_progress", 5, said="Active")
    assert status({"status": "Paused", "remains": "5"}) == StatusNews(None, 5, said="Paused")
