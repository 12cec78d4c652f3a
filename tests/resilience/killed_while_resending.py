"""A worker killed while it buys at a NotPanel, and another while it sends that again: the order is there once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakeService, Person
from tests.own_panel import own_panel

pytestmark = pytest.mark.django_db(transaction=True)
# Where the resender dies; what it did until then is done, and what it did not is done by the next.
STEPS = ["before commit 1", "before call 1", "after connecting 1", "after call 1", "after writing the outcome 1"]


@pytest.fixture
def upstream(bob: Person) -> Iterator[Provider]:
    """This panel, where bob is who we are."""
    with own_panel() as panel:
        yield add_provider(name="NotPanel", url=panel.url, key=bob.key, dialect="standard")


@pytest.mark.parametrize("die_at", STEPS)
def test_killed_while_sending_and_while_sending_again_it_is_placed_once(
    workers, order, sell: MakeService, provider: Provider, upstream: Provider, bob: Person, later, die_at
):
    Provider.objects.filter(pk=provider.pk).update(active=False)
    theirs = sell(name="theirs")
    ours = order(of=sell(at=upstream, remote_id=str(theirs.pk), name="ours"))
    assert workers.run("buy", die_at="after call 1").died
    purchase = Purchase.objects.filter(order=ours)
    purchase.update(claimed_at=clock.now() - timedelta(minutes=5))
    assert tasks.sweep() == 1
    purchase.update(resend_at=clock.now())
    assert workers.run("resend", die_at=die_at).died
    later(minutes=5)
    tasks.sweep()
    later(minutes=1)
    tasks.resend_due()
    placed = Order.objects.get(account_id=bob.id)
    assert list(purchase.values_list("state", "provider_order_id")) == [("placed", placed.shown_id)]
