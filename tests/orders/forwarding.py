"""A provider is sent exactly what the order's type takes, in the provider's own spelling."""

import pytest

from catalog.models import Service, Source
from orders.forwarding import parameters
from orders.models import Order, Purchase
from orders.parameters import wanted
from tests.orders.taking_parameters import REQUESTS, RUNS


def purchase(kind: str, more: dict[str, str] | None = None, *, own_dripfeed: bool = False) -> Purchase:
    service = Service(type=kind.strip(), min=2, max=1000, dripfeed=True)
    want = wanted(service, REQUESTS[kind][0] | (more or {}))
    order = Order(
        type=service.type,
        link=want.link,
        params=want.params,
        quantity=want.in_all,
        runs=want.runs,
        interval=want.interval,
    )
    source = Source(remote_id="707", own_dripfeed=own_dripfeed)
    return Purchase(order=order, source=source, quantity=want.in_all if own_dripfeed else want.quantity)


@pytest.mark.parametrize("kind", REQUESTS)
def test_sends_what_was_ordered_with_the_providers_own_service(kind):
    assert parameters(purchase(kind)) == {"service": "707", **REQUESTS[kind][0]}


@pytest.mark.parametrize("kind", ["Package", "Custom Comments", "Custom Comments Package", "Subscriptions"])
def test_sends_no_quantity_where_the_type_has_none(kind):
    assert "quantity" not in parameters(purchase(kind, {"quantity": "500"}))


@pytest.mark.parametrize("kind", ["Default", "Web Traffic"])
def test_sends_one_run_as_an_ordinary_order(kind):
    assert parameters(purchase(kind, RUNS)) == {"service": "707", **REQUESTS[kind][0]}


@pytest.mark.parametrize("kind", ["Default", "Web Traffic"])
def test_tells_a_provider_that_drip_feeds_itself_the_runs_and_the_quantity_of_one(kind):
    sent = parameters(purchase(kind, RUNS, own_dripfeed=True))
    assert sent == {"service": "707", **REQUESTS[kind][0], **RUNS}


@pytest.mark.parametrize("kind", REQUESTS)
def test_tells_a_provider_that_drip_feeds_itself_nothing_of_runs_where_there_are_none(kind):
    assert parameters(purchase(kind, own_dripfeed=True)) == {"service": "707", **REQUESTS[kind][0]}


def test_sends_lines_with_lf_between_them():
    sent = parameters(purchase("Custom Comments", {"comments": " one \r\n\r\ntwo\r\n"}))
    assert sent["comments"] == "one\ntwo"
