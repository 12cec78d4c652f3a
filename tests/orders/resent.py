"""An order of alice's bought at a NotPanel where bob has an account: this same panel, over HTTP."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from catalog.models import Service
from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from orders.operations.buying import Claimed
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakeService, Person, Time
from tests.own_panel import OwnPanel, own_panel

HASTY = 0.3  # seconds that an answer is waited for where it is to get lost


@pytest.fixture
def notpanel() -> Iterator[OwnPanel]:
    """The panel, to be bought from."""
    with own_panel() as panel:
        yield panel


@pytest.fixture
def upstream(notpanel: OwnPanel, bob: Person) -> Provider:
    """It, as a provider: bob is who we are there."""
    return add_provider(name="NotPanel", url=notpanel.url, key=bob.key, dialect="standard")


@pytest.fixture
def service(sell: MakeService, provider: Provider, upstream: Provider) -> Service:
    """A service of 0.90 for alice, bought there; there it is sold out of what nobody delivers."""
    Provider.objects.filter(pk=provider.pk).update(active=False)
    theirs = sell(rate="0.50", cancel=True, name="theirs")
    return sell(at=upstream, remote_id=str(theirs.pk), name="ours")


@pytest.fixture
def unknown(
    order_of: Callable[..., Order],
    service: Service,
    upstream: Provider,
    notpanel: OwnPanel,
    settings,
    time: Time,
    bob: Person,
) -> Callable[..., Order]:
    """Place an order of alice's and lose the answer to it: `unknown("timeout after")`."""
    settings.PROVIDER_TIMEOUT = HASTY

    def make(lost: str = "html after") -> Order:
        notpanel.next.append(lost)
        order = order_of(service=service)
        tasks.buy_due()
        assert bought(order).state == "unknown"
        return order

    return make


def bought(order: Order) -> Purchase:
    """Return the order's one purchase."""
    return Purchase.objects.get(order=order)


def claimed(claim: Callable[[list[int]], Claimed | None]) -> Claimed:
    """Return what is claimed: `claimed(buying.claim)`, `claimed(resending.claim)`."""
    found = claim([])
    assert found is not None
    return found


def resend(time: Time) -> None:
    """Let the time pass until the next purchase is sent again, and send it."""
    due = Purchase.objects.filter(resend_at__isnull=False).earliest("resend_at").resend_at
    assert due is not None
    time.move(seconds=max((due - clock.now()) / timedelta(seconds=1), 0) + 0.001)
    Provider.objects.update(ask_again_at=None)
    tasks.resend_due()


def resend_until(time: Time, ended: Callable[[], bool]) -> None:
    """Send it again and again, as time passes, until this is so."""
    for _ in range(12):
        if ended():
            return
        resend(time)
    raise AssertionError("it was sent again twelve times")


def standing(order: Order) -> tuple[str, str]:
    """Return the order's status and its purchase's state."""
    order.refresh_from_db()
    return order.status, bought(order).state
