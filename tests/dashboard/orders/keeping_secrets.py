"""No page of a reseller's says who delivers, what that costs, or which operator decided why."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog.models import Service, Source
from events.models import Event
from events.operations import record
from kit import clock, ids
from orders.models import Order, Purchase, Refill, RefillPart
from orders.operations import place
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakeService, Person
from tests.dashboard.orders.conftest import NEW, filled

pytestmark = pytest.mark.django_db
SECRET = "S3CRET"
COST = "0.31415926"
EVENTS = (
    *("order.processing", "order.cancel_requested", "order.partial", "order.refunded", "order.opened_by_operator"),
    *("purchase.unknown", "purchase.failed_over", "purchase.reported", "purchase.cancel_refused", "purchase.placed"),
    *("subscription.paused", "subscription.post_charged", "subscription.post_written_off"),
)


@pytest.fixture
def provider(db: None) -> Provider:
    return add_provider(name=f"{SECRET} provider", url=f"https://{SECRET}.example/api", key=f"{SECRET}-key")


@pytest.fixture
def service(sell: MakeService, provider: Provider) -> Service:
    """Sold at a markup on a cost that can be told apart."""
    service = sell(rate="0.62831852", pricing_mode="markup", pricing_value=Decimal(100), refill=True)
    Source.objects.filter(service=service).update(cost=Decimal(COST), remote_id=SECRET, seen={"name": SECRET})
    return service


@pytest.fixture
def order(alice: Person, service: Service) -> Order:
    """An order with everything in its past that is nobody's business."""
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
    placed = place(account_id=alice.id, params=params, request_id="r-1")
    order = Order.objects.get(pk=placed.id)
    assert [each["step"] for each in order.price_steps][:2] == ["cost", "markup"]
    Purchase.objects.filter(order=order).update(
        *(), state="done", reported="partial", remains=300, provider_order_id=SECRET, claimed_at=clock.now(),
        cost=Decimal(COST), sent={"link": SECRET}, answer=SECRET, cancel_answer=SECRET, balance_before=Decimal(COST),
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(status="partial", remains=300, ended_at=clock.now())
    refill = Refill.objects.create(public_id=ids.new_id(), order=order, number=1, created_at=clock.now())
    RefillPart.objects.create(
        refill=refill, purchase=Purchase.objects.get(order=order), provider=Provider.objects.get(),
        due_at=clock.now(), answer=SECRET, provider_refill_id=SECRET,
    )  # fmt: skip
    told: dict[str, Any] = {"actor": f"{SECRET}@panel.example", "reason": f"{SECRET} reason"}
    told["data"] = {"refund": "0.10", "needs": "1.00", "charge": "0.20", "why": SECRET, "provider_order": SECRET}
    for kind in EVENTS:
        record(kind=kind, subject="order", subject_id=order.pk, **told)
    for kind in ("refill.requested", "refill.stuck", "refill.decided"):
        record(kind=kind, subject="refill", subject_id=refill.pk, **told)
    return order


def text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


def test_no_page_says_it(alices: Client, order: Order, service: Service) -> None:
    form = filled(alices, service.pk, link="https://example.com/p", quantity="1000")
    pages = {
        "the list": alices.get("/dashboard/orders"),
        "the order": alices.get(f"/dashboard/orders/{order.shown_id}"),
        "its standing": alices.get(f"/dashboard/orders/{order.shown_id}/standing"),
        "the export": alices.get("/dashboard/orders.csv"),
        "the services": alices.get("/dashboard/services"),
        "the form": alices.get(f"{NEW}?again={order.shown_id}"),
        "the price": alices.post("/dashboard/orders/price", form),
        "a refusal": alices.post(NEW, form | {"quantity": "1"}),
        "a mass order": alices.post(
            "/dashboard/orders/mass", {"lines": f"{service.pk} | x | 1", "batch_id": str(ids.new_id())}
        ),
    }
    for name, page in pages.items():
        assert page.status_code == 200, name
        said = text(page)
        for secret in (SECRET, SECRET.lower(), COST, "markup", "operator's exchange"):
            assert secret not in said, f"{name} says {secret}"
    assert "the panel&#x27;s operator" in alices.get(f"/dashboard/orders/{order.shown_id}").content.decode()


def test_what_the_order_keeps_says_it_all(order: Order) -> None:
    """The test above looks for what is there."""
    assert SECRET in str(order.price_steps)
    assert COST in str(order.price_steps)
    assert SECRET in str(list(Event.objects.values_list()))
