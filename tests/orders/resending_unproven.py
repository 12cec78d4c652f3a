"""A refusal that proves nothing is no failure of the provider's: it answers, and takes other orders."""

import pytest

from providers.models import Provider
from tests.orders.resent import notpanel, resend, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stops_text_again_and_again_does_not_make_the_provider_rest(unknown, notpanel, time):
    order = unknown("html before")
    for _ in range(5):
        notpanel.next.append((400, '{"error": "No more of these this week, sorry"}'))
        resend(time)
    assert standing(order) == ("processing", "unknown")
    known = Provider.objects.get(name="NotPanel")
    assert (known.failing_at, known.unknown_in_a_row) == ("", 1)  # the first call, which was lost
