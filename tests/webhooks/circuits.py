"""An endpoint that fails again and again is tried once a minute, until one attempt succeeds."""

from datetime import timedelta

import pytest

from kit import clock
from tests.webhooks.due import came_to, due, states, taken
from tests.webhooks.receiver import status
from webhooks.dispatching import dispatch
from webhooks.operations.recording import record

pytestmark = pytest.mark.django_db
MINUTE = timedelta(seconds=60)


def standing(endpoint):
    endpoint.refresh_from_db()
    return endpoint.failures, endpoint.resting_until


def test_ten_failures_in_a_row_open_the_circuit_and_one_success_closes_it(alice, listen, receiver, time):
    receiver.otherwise = status(500)
    endpoint = listen(alice, receiver.url)
    due(endpoint, 40)
    assert dispatch() == 10
    failures, resting_until = standing(endpoint)
    assert failures == 10
    assert clock.now() + MINUTE <= resting_until <= clock.now() + MINUTE + timedelta(seconds=10)

    time.at = resting_until.timestamp() - 0.001
    assert dispatch() == 0
    time.at = resting_until.timestamp()
    assert dispatch() == 1
    failures, resting_until = standing(endpoint)
    assert failures == 11
    assert resting_until >= clock.now() + MINUTE

    receiver.otherwise = status(200)
    time.at = resting_until.timestamp()
    assert dispatch() == 40
    assert standing(endpoint) == (0, None)
    assert len(receiver.got) == 51
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {"delivered"}


def test_nine_failures_do_not_open_it(alice, listen, receiver, time):
    receiver.otherwise = status(500)
    endpoint = listen(alice, receiver.url)
    due(endpoint, 9)
    assert dispatch() == 9
    assert standing(endpoint) == (9, None)


def test_while_one_rests_the_others_are_sent_to(alice, bob, listen, receiver, time):
    receiver.at["/bad"] = status(500)
    bad, good = listen(alice, f"{receiver.url}bad"), listen(bob, receiver.url)
    due(bad, 12)
    assert dispatch() == 10
    due(good, 30)
    assert dispatch() == 30
    assert standing(bad)[0] == 10
    assert len(receiver.at_path("/bad")) == 10


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_an_endpoint_that_says_slow_down_rests_at_once(code, alice, listen, receiver, time):
    receiver.answers = [status(code)]
    endpoint = listen(alice, receiver.url)
    due(endpoint)
    assert dispatch() == 1
    failures, resting_until = standing(endpoint)
    assert failures == 1
    assert clock.now() + timedelta(seconds=5) <= resting_until <= clock.now() + timedelta(seconds=10)
    due(endpoint)
    assert dispatch() == 0
    time.at = resting_until.timestamp()
    assert dispatch() >= 1
    assert standing(endpoint) == (0, None)


def test_the_rest_lasts_as_long_as_it_was_asked_for(alice, listen, receiver, time):
    receiver.answers = [status(429, retry_after="3600")]
    endpoint = listen(alice, receiver.url)
    [first] = due(endpoint)
    assert dispatch() == 1
    _, resting_until = standing(endpoint)
    assert clock.now() + timedelta(hours=1) <= resting_until <= clock.now() + timedelta(hours=1, seconds=10)
    first.refresh_from_db()
    assert first.due_at >= clock.now() + timedelta(hours=1)


def test_a_plain_failure_asks_no_rest_of_the_others(alice, listen, receiver, time):
    receiver.answers = [status(500, retry_after="3600")]
    endpoint = listen(alice, receiver.url)
    [first] = due(endpoint)
    assert dispatch() == 1
    assert standing(endpoint) == (1, None)
    [second] = due(endpoint)
    assert dispatch() == 1
    assert states(first, second) == ["due", "delivered"]


def test_what_was_under_way_and_succeeds_does_not_shorten_a_rest_that_was_asked_for(alice, listen, time):
    endpoint = listen(alice)
    due(endpoint, 2)
    slow, other = taken()
    record([came_to(slow, 429)])
    rest = standing(endpoint)[1]
    assert rest == clock.now() + timedelta(seconds=5)
    record([came_to(other, 200)])
    assert standing(endpoint) == (0, rest)


def test_the_order_of_successes_and_failures_is_that_of_their_ends(alice, listen, time):
    endpoint = listen(alice)
    due(endpoint, 4)
    first, second, third, fourth = taken()
    record(
        [came_to(fourth, 500, ms=4), came_to(second, 200, ms=2), came_to(first, 500, ms=1), came_to(third, 500, ms=3)]
    )
    assert standing(endpoint)[0] == 2
    assert endpoint.failing_since == clock.now() + timedelta(milliseconds=3)


def test_an_open_circuit_has_room_for_one_whoever_asks(alice, listen, time):
    endpoint = listen(alice)
    endpoint.failures = 10
    endpoint.save()
    due(endpoint, 5)
    [claimed] = taken(room=50)
    assert taken(room=50, rooms={endpoint.pk: (50, 1)}) == []
    record([came_to(claimed, 200)])
    assert len(taken(room=50)) == 4


def test_a_success_at_an_endpoint_that_is_well_writes_nothing_to_it(alice, listen, time, django_assert_num_queries):
    endpoint = listen(alice)
    due(endpoint, 200)
    results = [came_to(each, 200) for each in taken()]
    with django_assert_num_queries(5):  # a transaction's two, whom it concerns, their deliveries, their attempts
        record(results)
    assert standing(endpoint) == (0, None)
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {"delivered"}
