"""Drip-feed as it is asked for: runs and interval, where they are taken and within what bounds."""

import pytest

from orders.parameters import InvalidParameter, MissingParameter, QuantityBelow, wanted
from tests.orders.taking_parameters import LINK, REQUESTS, RUNS, refused, service


@pytest.mark.parametrize("kind", ["Default", "Web Traffic"])
def test_runs_are_so_many_times_the_quantity(kind):
    want = wanted(service(kind), REQUESTS[kind][0] | RUNS)
    assert (want.quantity, want.runs, want.interval, want.in_all) == (100, 5, 60, 500)
    assert not {"runs", "interval"} & want.params.keys()


@pytest.mark.parametrize("kind", REQUESTS)
def test_only_a_service_with_dripfeed_takes_runs(kind):
    for dripfeed in (False, True):
        if dripfeed and kind.strip() in {"Default", "Web Traffic"}:
            continue
        assert refused(kind, RUNS, dripfeed=dripfeed) == (InvalidParameter, "runs")


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("runs", ["", "0", "1", "-0", "001"])
def test_fewer_than_two_runs_are_an_ordinary_order(kind, runs):
    params = REQUESTS[kind][0]
    assert wanted(service(kind), params | {"runs": runs, "interval": "nonsense"}) == wanted(service(kind), params)


@pytest.mark.parametrize("runs", ["-1", "1001", "two", "1.5", "9" * 400])
def test_there_are_at_most_so_many_runs(runs):
    assert refused("Default", RUNS | {"runs": runs}) == (InvalidParameter, "runs")


def test_the_operator_says_how_many_runs_there_may_be(settings):
    settings.MOST_RUNS = 5
    assert wanted(service("Default"), REQUESTS["Default"][0] | RUNS).runs == 5
    assert refused("Default", RUNS | {"runs": "6"}) == (InvalidParameter, "runs")


def test_runs_need_an_interval():
    assert refused("Default", {"runs": "2"}) == (MissingParameter, "interval")


@pytest.mark.parametrize("interval", ["0", "-1", "1.5", "soon", "5256001", "9" * 400])
def test_an_interval_is_a_minute_at_least_and_the_whole_ten_years_at_most(interval):
    assert refused("Default", {"runs": "2", "interval": interval}) == (InvalidParameter, "interval")


def test_the_whole_is_no_more_than_the_books_can_count():
    most = {"quantity": "2000000000", "runs": "2", "interval": "1"}
    assert refused("Default", most, max=2_000_000_000) == (InvalidParameter, "runs")


def test_min_and_max_are_those_of_one_run():
    few, many = {**LINK, "quantity": "1", **RUNS}, {**LINK, "quantity": "1000", **RUNS}
    with pytest.raises(QuantityBelow):
        wanted(service("Default"), few)
    assert wanted(service("Default"), many).in_all == 5000
