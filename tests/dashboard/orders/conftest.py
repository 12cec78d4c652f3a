"""Whoever is logged in, the form of an order as a browser sends it, and orders that are there."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from orders.models import Order
from orders.operations import place
from tests.conftest import MakeService, Person

NEW = "/dashboard/orders/new"
INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def hidden_of(page: str) -> dict[str, str]:
    """Return what a page's form sends without being asked: the service, its type, the request's id …"""
    form = page.partition('id="order-form"')[2].partition("</form>")[0]
    return {name: unescape(value) for name, value in INPUT.findall(form) if name != "csrfmiddlewaretoken"}


def wrong(page: str) -> list[str]:
    """Return each sentence that says what is wrong, as `field: sentence`; without a field where it is about all."""
    found = [
        f"{name}: {unescape(text)}"
        for name, text in re.findall(r'<ul class="wrong" id="id_(\w+)_error"><li>(.*?)</li>', page)
    ]
    whole = re.findall(r'<div class="notice error" role="alert"><p>(.*?)</p>', page)
    return found + [unescape(text) for text in whole]


def filled(client: Client, service_id: int, **fields: str) -> dict[str, str]:
    """Open the form of a service and fill it in; each time it is opened it is another one."""
    return hidden_of(client.get(f"{NEW}?service={service_id}").content.decode()) | fields


Form = Callable[..., dict[str, str]]


@pytest.fixture
def form(alices: Client) -> Form:
    """Fill in a form of alice's: `form(service.pk, link="…")`."""

    def fill(service_id: int, **fields: str) -> dict[str, str]:
        return filled(alices, service_id, **fields)

    return fill


PlaceFor = Callable[..., Order]


@pytest.fixture
def order_for(sell: MakeService) -> PlaceFor:
    """Place an order of 1000 for somebody: `order_for(alice)`; what else is given is of the service."""
    numbers = iter(range(1, 1000))

    def make(who: Person, quantity: int = 1000, link: str = "https://example.com/p", **fields) -> Order:
        service = fields.pop("service", None) or sell(**fields)
        params = {"service": str(service.pk), "link": link, "quantity": str(quantity)}
        placed = place(account_id=who.id, params=params, request_id=f"order-{next(numbers)}", actor=who.user.email)
        return Order.objects.get(pk=placed.id)

    return make
