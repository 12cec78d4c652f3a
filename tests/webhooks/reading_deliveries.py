"""What an endpoint was told, a slice at a time, and one of them by its event."""

from datetime import timedelta

import pytest

from kit import ids
from tests.webhooks.ended import attempt, deliveries, delivery
from webhooks.outbox import DeliveryNotFound, attempts_at, deliveries_of, delivery_of

pytestmark = pytest.mark.django_db


def numbers(piece):
    return [each.pk for each in piece.rows]


def shown(delivery):
    return ids.shown("evt", delivery.event.public_id)


def test_slices_meet_without_a_gap_in_both_directions(alice, listen, django_assert_num_queries):
    endpoint = listen(alice)
    made = [each.pk for each in deliveries(endpoint, 5)][::-1]
    with django_assert_num_queries(1):
        first = deliveries_of(endpoint.pk, per_page=2)
        assert [each.event.kind for each in first.rows] == ["balance.low"] * 2
    assert (numbers(first), first.newer, first.older) == (made[:2], None, made[1])
    second = deliveries_of(endpoint.pk, per_page=2, before=first.older)
    assert (numbers(second), second.newer, second.older) == (made[2:4], made[2], made[3])
    last = deliveries_of(endpoint.pk, per_page=2, before=second.older)
    assert (numbers(last), last.newer, last.older) == (made[4:], made[4], None)
    back = deliveries_of(endpoint.pk, per_page=2, after=last.newer)
    assert (numbers(back), back.newer, back.older) == (made[2:4], made[2], made[3])
    newest = deliveries_of(endpoint.pk, per_page=2, after=back.newer)
    assert (numbers(newest), newest.newer) == (made[:2], None)
    assert numbers(deliveries_of(endpoint.pk, per_page=2, after=made[0])) == made[:2]


def test_only_those_in_a_state_and_only_this_endpoints(alice, bob, listen):
    endpoint, other = listen(alice), listen(bob)
    failed = delivery(endpoint, "failed")
    due = delivery(endpoint, "due")
    delivery(other, "failed")
    assert numbers(deliveries_of(endpoint.pk)) == [due.pk, failed.pk]
    assert numbers(deliveries_of(endpoint.pk, state="failed")) == [failed.pk]
    assert numbers(deliveries_of(endpoint.pk, state="delivered")) == []


def test_one_is_found_by_its_event(alice, listen):
    endpoint = listen(alice)
    told = delivery(endpoint)
    assert delivery_of(endpoint.pk, shown(told)) == told


@pytest.mark.parametrize("name", ["", "evt_", "evt_00000000000000000000000000", "whk_00000000000000000000000000"])
def test_what_names_no_event_is_not_found(alice, listen, name):
    endpoint = listen(alice)
    delivery(endpoint)
    with pytest.raises(DeliveryNotFound):
        delivery_of(endpoint.pk, name)


def test_what_another_endpoint_was_told_is_not_found(alice, listen):
    endpoint, other = listen(alice), listen(alice)
    told = delivery(other)
    with pytest.raises(DeliveryNotFound):
        delivery_of(endpoint.pk, shown(told))


def test_attempts_are_listed_the_last_one_first(alice, listen):
    told, other = deliveries(listen(alice), 2)
    tried = [attempt(told, ago=timedelta(hours=hours)) for hours in (2, 1)]
    attempt(other)
    assert list(attempts_at(told.pk)) == tried[::-1]
