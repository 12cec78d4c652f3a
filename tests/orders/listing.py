"""An account's orders as a list: the newest first, narrowed down, a slice at a time, and all of them as a stream."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kit.paging import Slice
from orders import listing
from orders.listing import export, list_of
from orders.models import Order
from orders.operations import place
from orders.operations.cancelling import cancel

pytestmark = pytest.mark.django_db
numbers = itertools.count(1)


@pytest.fixture
def ordered(alice, service):
    """Place an order of 100 for a link of its own: `ordered(who=bob, link=…, day=date(2026, 3, 1))`."""

    def make(who=alice, at=service, day=None, status="", **params):
        request = f"list-{next(numbers)}"
        given = {"service": str(at.pk), "link": f"https://example.com/{request}", "quantity": "100"} | params
        number = place(account_id=who.id, params=given, request_id=request).id
        if day is not None:
            Order.objects.filter(pk=number).update(created_at=datetime(day.year, day.month, day.day, tzinfo=UTC))
        if status:
            Order.objects.filter(pk=number).update(status=status)
        return number

    return make


def listed(who, **asked):
    return [each.number for each in list_of(who.id, **asked).rows]


def walk(who, per_page, **asked):
    """Every slice from the newest to the oldest."""
    slices = [list_of(who.id, per_page=per_page, **asked)]
    while slices[-1].older is not None:
        slices.append(list_of(who.id, per_page=per_page, before=slices[-1].older, **asked))
    return slices


def test_nothing_is_an_empty_slice(alice):
    assert list_of(alice.id) == Slice([], newer=None, older=None)
    assert list(export(alice.id)) == []


def test_a_row_has_what_the_list_shows(alice, ordered, sell):
    dripping = sell(rate="2.00", name="Dripping likes", remote_id="2", dripfeed=True)
    number = ordered(at=dripping, runs="5", interval="60")
    Order.objects.filter(pk=number).update(refunded="0.25", start_count=7, remains=125, status="in_progress")
    order = Order.objects.get(pk=number)
    (row,) = list_of(alice.id).rows
    assert (row.number, row.public_id, row.shown_id, row.created_at) == (
        *(number, order.public_id, order.shown_id, order.created_at),
    )
    assert (row.service_id, row.service, row.link, row.username) == (dripping.pk, "Dripping likes", order.link, "")
    assert (row.quantity, row.runs, row.type, row.parent) == (500, 5, "Default", None)
    assert (row.charge, row.refunded, row.kept) == (Decimal("1.00"), Decimal("0.25"), Decimal("0.75"))
    assert (row.start_count, row.remains, row.status) == (7, 125, "in_progress")
    Order.objects.filter(pk=number).update(refunded=0)  # the books have no refund


def test_a_subscription_and_its_posts_show_the_username(alice, sell):
    sold = sell(type="Subscriptions", name="Posts")
    params = {"service": str(sold.pk), "username": "carol", "min": "50", "max": "50", "delay": "0"}
    placed = place(account_id=alice.id, params=params, request_id="subscription")
    (row,) = list_of(alice.id).rows
    assert (row.number, row.link, row.username, row.type) == (placed.id, "", "carol", "Subscriptions")


def test_only_the_accounts_own_orders_are_there_whatever_is_asked(alice, bob, ordered):
    bobs = [ordered(who=bob) for _ in range(3)]
    order = Order.objects.get(pk=bobs[1])
    assert listed(alice) == []
    filters: list[dict[str, Any]] = [{}, {"status": "pending"}, {"service_id": order.service_id}, {"link": order.link}]
    for asked in filters:
        assert listed(alice, **asked) == listed(alice, before=bobs[2], **asked) == []
        assert list(export(alice.id, **asked)) == []
    assert listed(alice, link=order.shown_id) == listed(alice, link=str(order.pk)) == []
    hers = [ordered(), ordered()]
    # Where another's order stands in time is not told either: such a key counts for none.
    assert listed(alice, before=bobs[0]) == listed(alice, after=bobs[0]) == hers[::-1]


def test_each_filter_finds_what_it_says_and_all_of_them_together_what_all_say(alice, ordered, service, sell):
    other = sell(name="Follows", remote_id="2")
    one, two, three = (
        ordered(),
        ordered(at=other, link="https://example.com/it"),
        ordered(at=other, status="processing"),
    )
    assert listed(alice) == [three, two, one]
    assert listed(alice, status="processing") == [three]
    assert listed(alice, status="canceled") == listed(alice, status="nonsense") == []
    assert listed(alice, service_id=other.pk) == [three, two]
    assert listed(alice, service_id=other.pk, status="pending") == [two]
    assert listed(alice, link="https://example.com/it") == [two]
    assert listed(alice, link="https://example.com/i") == listed(alice, link="https://example.com/it\0") == []
    assert listed(alice, link="https://example.com/it", service_id=service.pk) == []
    for far in (0, -1, 2**31, 2**63, 10**40):
        assert listed(alice, service_id=far) == []
        assert listed(alice, before=far) == listed(alice, after=far) == [three, two, one]


def test_the_id_of_an_order_finds_it_in_either_form(alice, ordered):
    one, _ = ordered(), ordered()
    shown = Order.objects.get(pk=one).shown_id
    assert listed(alice, link=shown) == listed(alice, link=shown.lower()) == listed(alice, link=str(one)) == [one]
    assert listed(alice, link=shown[:-1]) == listed(alice, link=f"{10**18}") == []
    assert listed(alice, link=shown, status="completed") == []


def test_days_are_whole_ones_in_utc_the_first_and_the_last_included(alice, ordered):
    numbers = [ordered(day=date(2026, 3, day)) for day in (1, 2, 3)]
    late = ordered(day=date(2026, 3, 2))
    Order.objects.filter(pk=late).update(created_at=datetime(2026, 3, 2, 23, 59, 59, 999999, tzinfo=UTC))
    second = date(2026, 3, 2)
    assert listed(alice, since=second, until=second) == [late, numbers[1]]
    assert listed(alice, since=second) == [numbers[2], late, numbers[1]]
    assert listed(alice, until=second) == [late, numbers[1], numbers[0]]
    assert listed(alice, since=date.max) == listed(alice, until=date.min) == []
    assert len(listed(alice, since=date.min, until=date.max)) == 4
    assert listed(alice, since=second, until=date(2026, 3, 1)) == []


def test_slices_follow_one_another_to_the_end_and_back(alice, ordered):
    made = [ordered() for _ in range(7)][::-1]
    there = walk(alice, 3)
    assert [[row.number for row in each.rows] for each in there] == [made[:3], made[3:6], made[6:]]
    assert [(each.newer, each.older) for each in there] == [(None, made[2]), (made[3], made[5]), (made[6], None)]
    back = list_of(alice.id, per_page=3, after=there[2].newer)
    assert back == there[1]
    assert list_of(alice.id, per_page=3, after=back.newer) == there[0]
    assert list_of(alice.id, per_page=3, after=made[0]) == there[0]


def test_orders_of_one_moment_are_each_listed_once(alice, ordered):
    made = [ordered(day=date(2026, 3, 1)) for _ in range(7)][::-1]
    assert [[row.number for row in each.rows] for each in walk(alice, 2)] == [made[:2], made[2:4], made[4:6], made[6:]]
    assert listed(alice, per_page=2, after=made[5]) == made[3:5]


def test_the_moment_counts_before_the_number(alice, ordered):
    made = [ordered(day=date(2026, 3, day)) for day in (4, 1, 3, 2)]
    newest_first = [made[0], made[2], made[3], made[1]]
    assert listed(alice) == newest_first
    assert [row.number for each in walk(alice, 1) for row in each.rows] == newest_first
    assert listed(alice, after=made[1]) == newest_first[:3]
    assert [row.number for row in export(alice.id)] == newest_first


def test_what_is_ordered_meanwhile_moves_nothing(alice, ordered):
    made = [ordered() for _ in range(6)][::-1]
    first = list_of(alice.id, per_page=3)
    new = ordered()
    second = list_of(alice.id, per_page=3, before=first.older)
    assert [row.number for row in second.rows] == made[3:]
    back = list_of(alice.id, per_page=3, after=second.newer)
    assert [row.number for row in back.rows] == made[:3]
    assert back.newer == made[0]
    assert listed(alice, per_page=3, after=back.newer) == [new]


def test_an_export_has_every_row_of_the_list_in_its_order(alice, ordered, sell, monkeypatch):
    other = sell(name="Follows", remote_id="2")
    for number in range(9):
        ordered(at=other, day=date(2026, 3, 1 + number // 3)) if number % 2 else ordered(day=date(2026, 3, 1))
    monkeypatch.setattr(listing, "CHUNK", 2)
    for asked in (
        {},
        {"service_id": other.pk},
        {"since": date(2026, 3, 2)},
        {"status": "pending"},
        {"status": "failed"},
    ):
        assert list(export(alice.id, **asked)) == [row for each in walk(alice, 3, **asked) for row in each.rows]
    assert len(list(export(alice.id))) == 9


def test_an_export_reads_by_chunks_and_only_as_far_as_it_is_taken(
    alice, ordered, monkeypatch, django_assert_num_queries
):
    for _ in range(5):
        ordered()
    monkeypatch.setattr(listing, "CHUNK", 2)
    stream = export(alice.id)
    with django_assert_num_queries(0):
        assert iter(stream) is stream
    with django_assert_num_queries(1):
        assert len([next(stream), next(stream)]) == 2
    meanwhile = ordered()
    with django_assert_num_queries(2):
        assert meanwhile not in [row.number for row in stream]


@pytest.mark.parametrize("orders", [1, 60])
def test_a_slice_takes_as_many_statements_for_one_order_as_for_many(
    alice, ordered, service, orders, django_assert_num_queries
):
    made = [ordered() for _ in range(orders)]
    today = datetime.now(UTC).date()
    asked = {"status": "pending", "service_id": service.pk, "since": today - timedelta(days=1), "until": today}
    for filters in ({}, asked, {"link": Order.objects.get(pk=made[0]).link}, {"link": str(made[0])}):
        with django_assert_num_queries(1):
            assert list_of(alice.id, **filters).rows
    with django_assert_num_queries(2):
        list_of(alice.id, before=made[-1], **asked)
    with django_assert_num_queries(2 if orders > 1 else 3):
        list_of(alice.id, after=made[0], **asked)


def test_a_cancelled_one_keeps_nothing_of_its_charge(alice, ordered):
    number = ordered()
    cancel(account_id=alice.id, sent=[str(number)])
    (row,) = list_of(alice.id, status="canceled").rows
    assert (row.charge, row.kept) == (Decimal("0.09"), Decimal(0))
