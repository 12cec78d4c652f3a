"""An order of each type, written on its page, is the order that the API makes of the same parameters."""

import pytest
from django.test import Client

from catalog.models import Coupon
from orders.models import Order
from orders.parameters import TAKES
from tests.api_v2.conftest import _the_tests_own_transaction as _the_tests_own_transaction
from tests.conftest import MakeService, Person, Post
from tests.dashboard.orders.conftest import NEW, Form
from tests.orders.taking_parameters import REQUESTS

pytestmark = pytest.mark.django_db

SAME = (
    "type",
    "link",
    "params",
    "quantity",
    "runs",
    "interval",
    "rate",
    "price_steps",
    "coupon_id",
    "charge",
    "remains",
)


def as_typed(params: dict[str, str]) -> dict[str, str]:
    """Return what a browser sends of it: lines end as its text fields end them, and a calendar has its own days."""
    typed = {name: value.replace("\n", "\r\n") for name, value in params.items()}
    return typed | ({"expiry": "2099-12-31"} if "expiry" in typed else {})


def twins() -> list[dict[str, object]]:
    return [{name: getattr(order, name) for name in SAME} for order in Order.objects.order_by("id")]


@pytest.mark.parametrize("kind", REQUESTS)
def test_is_what_the_api_makes_of_it(
    alices: Client, alice: Person, post: Post, form: Form, sell: MakeService, kind: str
) -> None:
    service = sell(type=kind.strip(), min=2, max=1000)
    params = REQUESTS[kind][0]
    by_api = post(key=alice.key, action="add", service=str(service.pk), request_id="r-1", **params)
    assert by_api.status == 200
    answer = alices.post(NEW, form(service.pk, **as_typed(params)))
    by_page = Order.objects.latest("id")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/dashboard/orders/{by_page.shown_id}")
    first, second = twins()
    assert first == second


@pytest.mark.parametrize("kind", TAKES)
def test_the_form_asks_for_what_the_type_takes_and_nothing_else(alices: Client, sell: MakeService, kind: str) -> None:
    page = alices.get(f"{NEW}?service={sell(type=kind).pk}").content.decode()
    takes = TAKES[kind]
    expected = {each.name for each in takes.parameters} | ({"quantity"} if takes.quantity_is_sent else set())
    expected |= set() if kind == "Subscriptions" else {"coupon"}
    asked = {name for name in (*REQUESTED, "coupon", "runs") if f'id="id_{name}"' in page}
    assert asked == expected


REQUESTED = {name for params, _ in REQUESTS.values() for name in params}


def test_runs_are_asked_for_where_the_service_has_them(
    alices: Client, alice: Person, post: Post, form: Form, sell: MakeService
) -> None:
    service = sell(dripfeed=True)
    params = {"link": "https://example.com/p", "quantity": "100", "runs": "3", "interval": "30"}
    assert post(key=alice.key, action="add", service=str(service.pk), request_id="r-1", **params).status == 200
    assert 'id="id_runs"' in alices.get(f"{NEW}?service={service.pk}").content.decode()
    assert alices.post(NEW, form(service.pk, **params)).status_code == 303
    first, second = twins()
    assert first == second
    assert (second["quantity"], second["runs"], second["interval"]) == (300, 3, 30)


def test_a_coupon_is_used(alices: Client, form: Form, sell: MakeService) -> None:
    coupon = Coupon.objects.create(code="HALF", percent=50)
    service = sell()
    answer = alices.post(NEW, form(service.pk, link="https://example.com/p", quantity="1000", coupon="HALF"))
    assert answer.status_code == 303
    order = Order.objects.get()
    assert (order.coupon_id, str(order.charge)) == (coupon.pk, "0.45000000")


def test_says_that_it_is_placed(
    alices: Client, form: Form, sell: MakeService, django_capture_on_commit_callbacks
) -> None:
    given = form(sell().pk, link="https://example.com/p", quantity="1000")
    with django_capture_on_commit_callbacks(execute=True):
        answer = alices.post(NEW, given)
    page = alices.get(answer.headers["Location"]).content.decode()
    assert "The order is placed." in page
    assert Order.objects.get().shown_id in page
    assert "$99.10" in page, "the balance beside it is the one after it"
