"""Attaching an unknown purchase to an id: the provider is asked first, and a wrong id can be taken back."""

import pytest

from events.models import Event
from orders.models import Purchase
from providers.operations import add_provider
from providers.outcomes import Placed
from providers.queries import client_for
from tests.admin.conftest import state_of_things, text
from tests.demo import demo

__all__ = ["demo"]
pytestmark = pytest.mark.django_db
REASON = {"reason": "it is on their list"}
OR_ELSE = "look at its own list of orders again, or say “Attach it all the same”."


@pytest.fixture
def unknown(ordered, demo):
    """A purchase of which nobody knows whether the demo provider has it."""
    purchase = ordered(state="unknown").purchases.get()
    Purchase.objects.update(provider=add_provider(name="Demo", url=demo.url, key=demo.key))
    purchase.refresh_from_db()
    return purchase


@pytest.fixture
def theirs(unknown) -> str:
    """An id that the demo provider knows."""
    placed = client_for(unknown.provider).add(service="1", link="https://example.com/p", quantity="1000")
    assert isinstance(placed, Placed)
    return placed.provider_order_id


@pytest.fixture(params=["desk", "order"])
def door(request, unknown) -> str:
    """Where it is attached: the desk of unknown purchases, or the order's page."""
    return {
        "desk": f"/admin/orders/unknownpurchase/{unknown.pk}/placed/",
        "order": f"/admin/orders/order/{unknown.order_id}/placed/",
    }[request.param]


def facts(purchase):
    purchase.refresh_from_db()
    return purchase.state, purchase.provider_order_id


def test_attaches_what_the_provider_knows(bobs, unknown, theirs, door, demo):
    answer = bobs.post(door, REASON | {"provider_order_id": theirs}, follow=True)
    assert "It is followed from here on." in text(answer)
    assert facts(unknown) == ("placed", theirs)
    assert len(demo.calls("status")) == 1


def test_refuses_what_the_provider_does_not_know(bobs, unknown, door):
    before = state_of_things()
    answer = bobs.post(door, REASON | {"provider_order_id": "999999"})
    assert f"The provider Demo knows no order 999999 (Incorrect order ID): {OR_ELSE}" in text(answer)
    assert 'value="999999"' in answer.content.decode()
    assert state_of_things() == before


def test_refuses_what_the_provider_cannot_be_asked_about(bobs, unknown, door):
    Purchase.objects.update(provider=add_provider(name="Gone", url="http://127.0.0.1:9/api/v2", key="its-key"))
    before = state_of_things()
    answer = text(bobs.post(door, REASON | {"provider_order_id": "7"}))
    assert "Nobody could say whether Gone has an order 7. The provider cannot be reached" in answer
    assert OR_ELSE in answer
    assert state_of_things() == before


def test_attaches_it_all_the_same_where_that_is_said(bobs, unknown, door, demo):
    bobs.post(door, REASON | {"provider_order_id": "999999", "all_the_same": "on"})
    assert facts(unknown) == ("placed", "999999")
    assert demo.calls("status") == []


@pytest.mark.parametrize("no_id", ["' OR 1", "4711 4712", "1,2", "null"])
@pytest.mark.parametrize("box", [{}, {"all_the_same": "on"}])
def test_refuses_what_is_no_id_without_asking(bobs, unknown, door, demo, no_id, box):
    before = state_of_things()
    answer = bobs.post(door, REASON | {"provider_order_id": no_id} | box)
    assert "Give the order's id at the provider as its list shows it" in text(answer)
    assert state_of_things() == before
    assert demo.calls("status") == []


@pytest.mark.parametrize("where", ["order", "purchase"])
def test_a_wrong_id_is_taken_back_and_the_desk_shows_it_again(bobs, unknown, where):
    path = {"order": f"order/{unknown.order_id}", "purchase": f"purchase/{unknown.pk}"}[where]
    attach = f"/admin/orders/unknownpurchase/{unknown.pk}/placed/"
    assert "Detach…" not in text(bobs.get(f"/admin/orders/{path}/change/"))
    bobs.post(attach, REASON | {"provider_order_id": "999999", "all_the_same": "on"})
    assert "Detach…" in text(bobs.get(f"/admin/orders/{path}/change/"))

    answer = bobs.post(f"/admin/orders/{path}/detach/", {"reason": "the wrong line"}, follow=True)

    assert "It waits for a decision again" in text(answer)
    assert facts(unknown) == ("unknown", None)
    told = Event.objects.get(kind="purchase.detached")
    assert (told.actor, told.reason) == ("bob@panel.example", "the wrong line")
    assert [each.pk for each in bobs.get("/admin/orders/unknownpurchase/").context["cl"].result_list] == [unknown.pk]


def test_what_the_provider_gave_itself_is_not_taken_back(bobs, ordered):
    order = ordered(state="unknown")
    Purchase.objects.update(state="placed", provider_order_id="7")
    before = state_of_things()
    for path in (f"order/{order.pk}", f"purchase/{order.purchases.get().pk}"):
        assert "Detach…" not in text(bobs.get(f"/admin/orders/{path}/change/"))
        answer = bobs.post(f"/admin/orders/{path}/detach/", {"reason": "the wrong line"})
        assert "No purchase of this order is under an id that was given by hand" in text(answer)
    assert state_of_things() == before
