"""What came of an attempt is kept where the claim is still the same one; a success always is."""

from datetime import timedelta

import pytest

from kit import clock
from tests.webhooks.due import came_to, due, states, statuses, taken
from webhooks.models import Attempt, Delivery
from webhooks.operations.claiming import waiting
from webhooks.operations.recording import record
from webhooks.outcomes import Answered, NotAnswered, NotBegun, Outcome

pytestmark = pytest.mark.django_db
LAPSED = {"seconds": 61}


def row(delivery):
    return Delivery.objects.filter(pk=delivery.pk).values().get()


def test_a_claim_that_lapsed_is_taken_up_again(alice, listen, time):
    due(listen(alice))
    [first] = taken()
    assert taken() == []
    assert not waiting()
    time.at = first.claimed_until.timestamp()
    assert taken() == []
    time.move(seconds=1)
    assert waiting()
    [second] = taken()
    assert second.message.delivery_id == first.message.delivery_id
    assert second.message.event_id == first.message.event_id
    assert second.message.body == first.message.body
    assert second.claimed_until > first.claimed_until


@pytest.mark.parametrize("outcome", [500, 410, NotAnswered("reset"), NotBegun()], ids=str)
def test_a_failure_of_a_claim_that_lapsed_changes_nothing(outcome, alice, listen, time):
    endpoint = listen(alice)
    [delivery] = due(endpoint)
    [first] = taken()
    time.move(**LAPSED)
    [second] = taken()
    before = row(delivery)
    record([came_to(first, outcome)])
    assert row(delivery) == before
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.disabled_at) == (0, None, None)
    assert Attempt.objects.count() == (0 if isinstance(outcome, NotBegun) else 1)
    record([came_to(second, 200)])
    assert states(delivery) == ["delivered"]


def test_a_success_of_a_claim_that_lapsed_is_one_and_the_other_claims_outcome_comes_too_late(alice, listen, time):
    endpoint = listen(alice)
    [delivery] = due(endpoint)
    [first] = taken()
    time.move(**LAPSED)
    [second] = taken()
    record([came_to(first, 204)])
    assert states(delivery) == ["delivered"]
    after = row(delivery)
    record([came_to(second, 500)])
    assert row(delivery) == after
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    assert statuses(delivery) == [204, 500]


def test_a_success_that_comes_after_it_was_given_up_is_one(alice, listen, time):
    [delivery] = due(listen(alice))
    [claimed] = taken()
    Delivery.objects.update(state="failed", ended_at=clock.now(), claimed_until=None)
    record([came_to(claimed, 200)])
    assert states(delivery) == ["delivered"]


@pytest.mark.parametrize("outcome", [200, 500])
def test_what_was_dropped_stays_dropped(outcome, alice, listen, time):
    [delivery] = due(listen(alice))
    [claimed] = taken()
    Delivery.objects.update(state="dropped", ended_at=clock.now(), claimed_until=None)
    before = row(delivery)
    record([came_to(claimed, outcome)])
    assert row(delivery) == before


def test_what_was_not_begun_is_given_back_as_it_was(alice, listen, time):
    [delivery] = due(listen(alice))
    before = row(delivery)
    [claimed] = taken()
    record([came_to(claimed, NotBegun())])
    assert row(delivery) == before
    assert len(taken()) == 1


def test_bytes_that_no_text_can_hold_are_kept_as_far_as_they_can_be(alice, listen, time):
    [delivery, other] = due(listen(alice), 2)
    first, second = taken()
    record([came_to(first, Answered(500, "a\0b\ud800c")), came_to(second, NotAnswered("x\0" * 400))])
    assert Attempt.objects.get(delivery=delivery).excerpt == "a\N{REPLACEMENT CHARACTER}b?c"
    assert len(Attempt.objects.get(delivery=other).error) == 300
    assert len(Delivery.objects.get(pk=other.pk).said) == 200


def test_many_outcomes_are_recorded_in_a_few_statements(alice, bob, listen, time, django_assert_num_queries):
    alices, bobs = listen(alice), listen(bob)
    due(alices, 150)
    due(bobs, 150)
    outcomes: list[Outcome | int] = [200, 500, NotAnswered("reset"), NotBegun()]
    results = [came_to(each, outcomes[number % 4]) for number, each in enumerate(taken())]
    with django_assert_num_queries(6):
        record(results)
    counts = [Delivery.objects.filter(state="delivered").count(), Attempt.objects.count()]
    assert counts == [75, 225]
    assert not Delivery.objects.filter(claimed_until__isnull=False).exists()


def test_a_delivery_sent_again_has_its_whole_schedule_before_it(alice, listen, time):
    [delivery] = due(listen(alice), tries=9)
    [claimed] = taken()
    record([came_to(claimed, 500)])
    assert states(delivery) == ["failed"]
    Delivery.objects.update(state="due", ended_at=None, tries=0, due_at=clock.now())
    [claimed] = taken()
    record([came_to(claimed, 500)])
    kept = row(delivery)
    assert (kept["state"], kept["tries"]) == ("due", 1)
    assert clock.now() + timedelta(seconds=5) <= kept["due_at"] <= clock.now() + timedelta(seconds=6)
