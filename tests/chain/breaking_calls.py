"""The links themselves: what each fate is to the caller, and whether the other side has had the call."""

from collections import Counter
from itertools import islice

import pytest

from providers.client import Client
from providers.outcomes import NotSent, Placed, Unknown
from tests.chain.link import ADDS, REACHED, Fate, Link, schedule
from tests.demo import demo
from tests.waiting import wait_until

__all__ = ["demo"]


@pytest.mark.parametrize("fate", Fate)
def test_each_fate_is_what_it_says_to_the_caller_and_to_the_other_side(demo, fate):
    with Link(demo.url, "seed", add_faults=(fate,), adds=1) as link:
        outcome = Client(link.url, demo.key, timeout=0.3).add(service=1, link="https://example.com/a", quantity=100)
    assert type(outcome) is (Placed if fate in {Fate.PASSED, Fate.CLOSED_AFTER} else Unknown)
    assert len(demo.orders()) == (fate in REACHED)
    assert link.counts() == {("add", fate): 1}
    assert {name: len(calls) for name, calls in link.added().items()} == {"https://example.com/a": 1}


def test_after_it_has_closed_callers_are_refused_until_it_opens_again(demo):
    with Link(demo.url, "seed", add_faults=(Fate.CLOSED_AFTER,), adds=1) as link:
        client = Client(link.url, demo.key, timeout=2)
        client.add(service=1, link="https://example.com/a", quantity=100)
        wait_until(
            lambda: type(client.add(service=1, link="https://example.com/b", quantity=100)) is NotSent, "it is refused"
        )
        wait_until(
            lambda: type(client.add(service=1, link="https://example.com/c", quantity=100)) is Placed, "it is open"
        )


def test_every_fault_strikes_in_every_round_in_an_order_that_the_seed_decides():
    fates = list(islice(schedule("one", ADDS, 20), 40))
    assert Counter(fates[:20]) == Counter(fates[20:])
    assert set(fates[:20]) == set(Fate)
    assert list(islice(schedule("one", ADDS, 20), 40)) == fates
    assert list(islice(schedule("two", ADDS, 20), 40)) != fates
