"""The sweep of lost calls against a sending that comes back: it gives up the one it looked at, and no later one."""

import pytest

from orders import resends
from orders.operations import resending, sweeping
from orders.operations.buying import Claimed
from providers.outcomes import Unknown
from tests.orders.resent import bought, claimed, notpanel, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sending_that_began_after_the_sweep_looked_is_not_given_up(unknown, time, settings, monkeypatch):
    order = unknown("html before")
    time.move(seconds=16)
    late = claimed(resending.claim)
    time.move(seconds=settings.PROVIDER_TIMEOUT + sweeping.MARGIN + 1)
    began: list[Claimed] = []

    def meanwhile(**known):
        """The late one comes back after all, and it is sent again: between the sweep's look and its word."""
        resending.record(late, Unknown("a page"))
        time.move(seconds=31)
        began.append(claimed(resending.claim))
        return resends.resend_at(**known)

    monkeypatch.setattr(sweeping, "resend_at", meanwhile)
    assert sweeping.give_up_lost_calls() == 0
    (again,) = began
    assert standing(order) == ("processing", "submitting")
    assert (bought(order).resent_at, bought(order).resends) == (again.resent_at, 2)
    resending.record(again, resending.send(again))
    assert standing(order) == ("processing", "placed")
