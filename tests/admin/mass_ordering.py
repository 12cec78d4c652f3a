"""The page where an operator orders many lines at once."""

import re

import pytest
from django.contrib.auth.models import Permission

import accounts.operations
from orders.models import Order
from tests.admin.conftest import state_of_things, text

pytestmark = pytest.mark.django_db
PAGE = "/admin/orders/order/mass-order/"


@pytest.fixture
def form(bobs):
    """Open the page and return what its form holds already."""
    page = bobs.get(PAGE).content.decode()
    batch = re.search(r'name="batch_id" value="([0-9a-f-]{36})"', page)
    assert batch
    return {"batch_id": batch[1]}


def test_shows_what_came_of_every_line(bobs, form, alice, service):
    lines = f"{service.pk} | https://example.com/p | 100\r\n\r\nnonsense"
    answer = bobs.post(PAGE, form | {"account": "Alice@example.com ", "lines": lines})
    shown = text(answer)
    order = Order.objects.get()
    assert "1 of 2 lines are ordered" in shown
    assert order.shown_id in shown
    assert f"/admin/orders/order/{order.pk}/change/" in answer.content.decode()
    assert "nonsense write it as service | link | quantity" in shown
    assert (order.account_id, order.quantity) == (alice.id, 100)


def test_sending_the_form_twice_orders_once(bobs, form, alice, service):
    given = form | {"account": "alice@example.com", "lines": f"{service.pk} | https://example.com/p | 100"}
    first, second = text(bobs.post(PAGE, given)), text(bobs.post(PAGE, given))
    assert first == second
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account": "nobody@example.com"}, "No account has this e-mail address."),
        ({"lines": " \r\n "}, "Write at least one line."),
        ({"lines": "x\n" * 1001}, "1001 lines are too many: send at most 1000 at once."),
    ],
)
def test_a_form_that_is_not_right_orders_nothing_and_keeps_what_was_typed(bobs, form, alice, service, changes, words):
    given = form | {"account": "alice@example.com", "lines": f"{service.pk} | https://example.com/p | 100"}
    before = state_of_things()
    answer = bobs.post(PAGE, given | changes)
    assert words in text(answer)
    assert (given | changes)["account"] in answer.content.decode()
    assert state_of_things() == before


@pytest.fixture
def clerk(client, tiers):
    """Someone of the staff who may look at orders, and no more."""
    user = accounts.operations.create_operator(email="clerk@panel.example", password=None)
    user.is_superuser = False
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)
    return user


def test_only_those_who_may_add_orders_get_there(client, clerk, alice, service):
    given = {"account": "alice@example.com", "lines": f"{service.pk} | https://example.com/p | 100"}
    assert client.post(PAGE, given | {"batch_id": "0193f1a2-7000-7000-8000-000000000001"}).status_code == 403
    assert "Mass order…" not in text(client.get("/admin/orders/order/"))
    assert Order.objects.count() == 0
    clerk.user_permissions.add(Permission.objects.get(codename="add_order"))
    assert "Mass order…" in text(client.get("/admin/orders/order/"))
    assert client.get(PAGE).status_code == 200
