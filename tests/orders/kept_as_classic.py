"""A NotPanel that is kept as a classic provider by mistake: its own refusal tells the operator what to choose."""

import pytest

from alerts.queries import lasting
from orders import tasks
from orders.models import Order
from providers.models import Provider
from providers.operations import change_provider
from tests.orders.resent import bought, notpanel, service, upstream

__all__ = ["notpanel", "service", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_alert_says_which_dialect_to_choose_and_choosing_it_ends_it(order_of, service, upstream, bob, time):
    Provider.objects.filter(pk=upstream.pk).update(dialect="classic")
    order = order_of(service=service)
    tasks.buy_due()
    upstream.refresh_from_db()
    why = "Missing required parameter: request_id: this is a NotPanel: choose the standard dialect"
    assert (bought(order).state, upstream.failure) == ("queued", why)
    assert lasting().get(kind="provider.failing").text == f"NotPanel fails at taking orders: {why}"
    assert not Order.objects.filter(account_id=bob.id).exists()

    same = {"name": "NotPanel", "url": upstream.url, "calls_per_minute": None, "low_balance": None}
    change_provider(provider_id=upstream.pk, dialect="standard", **same)
    assert not lasting().filter(kind="provider.failing").exists()
    time.move(seconds=3)
    tasks.buy_due()
    assert bought(order).state == "placed"
    assert Order.objects.filter(account_id=bob.id).count() == 1
