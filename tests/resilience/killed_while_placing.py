"""The web process killed with SIGKILL at every step of placing an order, and its client asking again."""

import pytest

from orders.models import Order, Request
from orders.operations import place
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(alice, service):
    """Return what a client asks for, with a request_id of its own each time."""
    asked = {"service": str(service.pk), "link": "https://example.com/a", "quantity": "100"}

    def make(number):
        return {"account_id": alice.id, "params": asked, "request_id": f"placed-{number}"}

    return make


def test_wherever_it_is_killed_asking_again_finds_or_makes_the_one_order(workers, asked, finish, alice):
    survivor = workers.run("place", order=asked("alive"))
    assert survivor.status == 0
    assert len(survivor.moments) > 6
    replays = set()
    for number, moment in enumerate(survivor.moments):
        assert workers.run("place", order=asked(number), die_at=moment).died
        before = Order.objects.count()
        again = place(**asked(number))
        replays.add(again.replayed)
        # What the dead process had not committed is gone, wholly; what it had is found.
        assert Order.objects.count() == before + (not again.replayed)
        assert place(**asked(number)).id == again.id
    assert replays == {False, True}
    orders = len(survivor.moments) + 1
    assert Order.objects.count() == Request.objects.count() == orders
    assert Entry.objects.filter(wallet=alice.id, counter="sales").count() == orders
    finish()
    assert set(Order.objects.values_list("status", flat=True)) == {"completed"}
