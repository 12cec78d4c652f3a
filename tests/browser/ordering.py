"""A reseller orders in a real browser: finds a service among many, watches the price, and sees the order through."""

import os
import re
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from catalog.models import Service
from catalog.operations.stopping import stop_orders
from orders.models import Order
from tests.browser.conftest import Picture
from tests.conftest import MakeService, Person

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}
BOTH = pytest.mark.parametrize("scheme", ["light", "dark"])
# The other tests look at both schemes; these do where somebody is to look at their pictures.
EITHER = pytest.mark.parametrize("scheme", ["light", "dark"] if os.environ.get("SCREENSHOTS") else ["dark"])


@pytest.fixture
def alices(page: Page, alice: Person, address: str) -> Page:
    """A browser that alice is logged in with."""
    client = Client()
    client.force_login(alice.user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    return page


@pytest.fixture
def wanted(sell: MakeService) -> Service:
    """One of sixty services."""
    for number in range(59):
        sell(name=f"Likes of quality {number}", remote_id=f"r{number}")
    return sell(
        name="Views, worldwide", category="Videos", rate="2.00", dripfeed=True, cancel=True, description="Within hours."
    )


@BOTH
def test_orders_through_the_picker_with_the_price_beside_it(alices: Page, wanted: Service, picture: Picture) -> None:
    alices.goto("/dashboard/orders/new")
    expect(alices.get_by_text("The first 50 of 60")).to_be_visible()
    picture("new-order")
    alices.get_by_label("Search").press_sequentially("worldwide")
    expect(alices.locator(".hits a")).to_have_count(1)
    alices.locator(".hits a").click()
    expect(alices.get_by_role("heading", name="Views, worldwide")).to_be_focused()
    expect(alices).to_have_url(re.compile(rf"/dashboard/orders/new\?.*service={wanted.pk}$"))

    price = alices.locator("#price")
    alices.get_by_label("Quantity").fill("1500")
    expect(price).to_contain_text("$3.00")
    alices.get_by_label("Link").fill("https://example.com/v/1")
    alices.get_by_label("Runs", exact=False).first.fill("2")
    expect(price).to_contain_text("Minutes between two runs: This is needed.")
    alices.get_by_label("Minutes between two runs").fill("30")
    expect(price).to_contain_text("$6.00")
    expect(price).to_contain_text("Your balance after it: $94.00")
    price.get_by_text("How the price comes about").click()
    expect(price.get_by_text("Your rate")).to_be_visible()
    alices.get_by_label("Quantity").fill("1000")
    expect(price).to_contain_text("$4.00")
    expect(price.get_by_text("Your rate")).to_be_visible()
    picture("new-order-filled-in")

    alices.get_by_role("button", name="Order", exact=True).click()
    expect(alices.get_by_text("The order is placed.")).to_be_visible()
    order = Order.objects.get()
    assert (order.link, order.quantity, order.runs, order.charge) == ("https://example.com/v/1", 2000, 2, Decimal(4))
    expect(alices.locator("#order-id")).to_have_text(order.shown_id)
    expect(alices.locator("#balance")).to_contain_text("$96.00")
    picture("order")

    alices.locator("summary", has_text="Cancel").click()
    picture("order-cancel")
    alices.get_by_role("button", name="Cancel this order").click()
    expect(alices.get_by_text("The order is canceled.")).to_be_visible()
    expect(alices.locator("#balance")).to_contain_text("$100.00")
    picture("order-canceled")


@EITHER
def test_a_refusal_stands_at_its_field_and_nothing_typed_is_lost(
    alices: Page, service: Service, picture: Picture
) -> None:
    alices.goto(f"/dashboard/orders/new?service={service.pk}")
    alices.get_by_label("Link").fill("https://example.com/p")
    alices.get_by_label("Quantity").fill("500")
    alices.get_by_label("Coupon").fill("NONE")
    expect(alices.locator("#price")).to_contain_text("Coupon: This coupon does not apply to this order.")
    alices.get_by_role("button", name="Order", exact=True).click()
    expect(alices.locator("#id_coupon_error")).to_have_text("This coupon does not apply to this order.")
    expect(alices.get_by_label("Link")).to_have_value("https://example.com/p")
    picture("new-order-refused")
    stop_orders(service_id=service.pk, text="Back on Monday.", actor="bob@panel.example")
    alices.get_by_label("Coupon").fill("")
    alices.get_by_role("button", name="Order", exact=True).click()
    expect(alices.get_by_role("alert")).to_have_text("No orders of this service are taken now: Back on Monday.")
    expect(alices.get_by_label("Quantity")).to_have_value("500")
    assert not Order.objects.exists()


@EITHER
def test_asks_only_for_what_goes_with_the_kind_of_visitors(alices: Page, sell: MakeService) -> None:
    alices.goto(f"/dashboard/orders/new?service={sell(type='Web Traffic').pk}")
    search, page = alices.get_by_label("What they search for"), alices.get_by_label("The page they come from")
    expect(search).to_be_hidden()
    expect(page).to_be_hidden()
    alices.get_by_label("Where visitors come from").select_option("From a search")
    expect(search).to_be_visible()
    alices.get_by_label("Where visitors come from").select_option("From another page")
    expect(search).to_be_hidden()
    expect(page).to_be_visible()


@EITHER
def test_counts_lines_on_a_phone(alices: Page, sell: MakeService, picture: Picture) -> None:
    alices.set_viewport_size(PHONE)  # type: ignore[arg-type]
    service = sell(type="Custom Comments", min=1, rate="1000")
    alices.goto(f"/dashboard/orders/new?service={service.pk}")
    alices.get_by_label("Comments").fill("Well done\n\nI like it\n")
    expect(alices.locator("output.lines")).to_have_text("2 lines")
    expect(alices.locator("#price")).to_contain_text("$2.00")
    assert alices.evaluate("document.documentElement.scrollWidth <= innerWidth")


@EITHER
def test_keeps_up_with_an_order_that_is_delivered(alices: Page, alice: Person, service: Service) -> None:
    alices.clock.install()
    alices.goto(f"/dashboard/orders/new?service={service.pk}&link=https://example.com/p&quantity=1000")
    alices.get_by_role("button", name="Order", exact=True).click()
    expect(alices.get_by_text("The order is placed.")).to_be_visible()
    order = Order.objects.get()
    Order.objects.filter(pk=order.pk).update(remains=400)
    alices.clock.run_for(11_000)
    expect(alices.locator("#standing .figures")).to_contain_text("400")
    Order.objects.filter(pk=order.pk).update(status="completed", remains=0, ended_at=order.created_at)
    alices.clock.run_for(11_000)
    expect(alices.locator("#standing .badge").first).to_have_text("Completed")
    expect(alices.locator("#standing[hx-get]")).to_have_count(0)
    assert order.charge == Decimal("0.90")
