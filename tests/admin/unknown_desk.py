"""The desk of unknown purchases: what it shows of each, and the decisions that are taken there."""

from datetime import timedelta
from decimal import Decimal

import pytest

import wallets.queries
from events.models import Event
from kit import clock
from orders.models import Order, Purchase
from providers.models import BalanceReading
from providers.operations import add_provider
from providers.outcomes import Placed
from providers.queries import client_for
from tests.admin.conftest import state_of_things, text
from tests.demo import demo

__all__ = ["demo"]
pytestmark = pytest.mark.django_db
DESK = "/admin/orders/unknownpurchase/"


@pytest.fixture
def unknown(ordered):
    """A purchase of which nobody knows whether it was placed; it would cost 0.50."""
    purchase = ordered(state="unknown").purchases.get()
    Purchase.objects.filter(pk=purchase.pk).update(cost=Decimal("0.50"))
    purchase.refresh_from_db()
    return purchase


def page(purchase, button="change"):
    return f"{DESK}{purchase.pk}/{button}/"


def read(purchase, minutes, balance):
    at = purchase.claimed_at + timedelta(minutes=minutes)
    BalanceReading.objects.create(provider=purchase.provider, balance=Decimal(balance), at=at)


def test_the_list_holds_what_is_unknown_and_nothing_else(bobs, ordered, unknown):
    ordered()
    ordered(state="unknown")
    shown = bobs.get(DESK)
    assert [each.order_id for each in shown.context["cl"].result_list] == list(
        Purchase.objects.filter(state="unknown").order_by("claimed_at").values_list("order_id", flat=True)
    )
    assert "<html>502</html>" in text(shown)


def test_the_page_shows_what_was_sent_when_and_the_raw_answer(bobs, unknown):
    shown = text(bobs.get(page(unknown)))
    assert "quantity 1000" in shown
    assert "<html>502</html>" in shown
    assert "0.50 USD" in shown
    assert "was not read both before and since" in shown


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("10", "9.50", "that fits, it seems to be there"),
        ("10", "10", "it seems not to be there"),
        ("10", "9.80", "that fits neither"),
    ],
)
def test_the_page_says_whether_the_balance_fits(bobs, unknown, before, after, said):
    read(unknown, -3, before)
    read(unknown, 3, after)
    assert said in text(bobs.get(page(unknown)))


def test_what_else_moved_the_balance_is_taken_into_account(bobs, ordered, unknown):
    read(unknown, -3, "10")
    other = ordered(state="unknown").purchases.get()
    Purchase.objects.filter(pk=other.pk).update(state="placed", provider_order_id="4710", cost=Decimal("0.30"))
    read(unknown, 3, "9.70")
    shown = text(bobs.get(page(unknown)))
    assert "our other orders in between 0.30" in shown
    assert "it seems not to be there" in shown


def test_the_page_shows_orders_like_it_with_their_ids_there(bobs, ordered, unknown):
    same_link = ordered(state="unknown").purchases.get()
    Purchase.objects.filter(pk=same_link.pk).update(
        state="placed", provider_order_id="4710", claimed_at=clock.now() - timedelta(days=3)
    )
    same_quantity = ordered(state="unknown", link="https://example.com/other").purchases.get()
    Purchase.objects.filter(pk=same_quantity.pk).update(state="placed", provider_order_id="4711")
    neither = ordered(state="unknown", link="https://example.com/third").purchases.get()
    Purchase.objects.filter(pk=neither.pk).update(
        state="placed", provider_order_id="4712", claimed_at=clock.now() - timedelta(days=3)
    )
    shown = text(bobs.get(page(unknown)))
    assert "4710" in shown
    assert "4711" in shown
    assert "4712" not in shown


def test_asks_the_provider_before_attaching(bobs, unknown, demo):
    upstream = add_provider(name="Demo", url=demo.url, key=demo.key)
    Purchase.objects.filter(pk=unknown.pk).update(provider=upstream)
    placed = client_for(upstream).add(service="1", link="https://example.com/p", quantity="1000")
    assert isinstance(placed, Placed)
    theirs = placed.provider_order_id
    before = state_of_things()

    answer = bobs.post(page(unknown, "ask"), {"provider_order_id": theirs}, follow=True)

    assert f"Demo says of {theirs}: status " in text(answer)
    assert f'value="{theirs}"' in answer.content.decode()
    assert state_of_things() == before

    answer = bobs.post(page(unknown, "ask"), {"provider_order_id": "999999"}, follow=True)
    assert "Demo says of 999999: it knows no such order" in text(answer)
    assert state_of_things() == before


def test_a_provider_that_cannot_be_reached_is_said_in_the_form(bobs, unknown):
    before = state_of_things()
    answer = bobs.post(page(unknown, "ask"), {"provider_order_id": "4711"})
    assert "The provider cannot be reached" in text(answer)
    assert state_of_things() == before


def test_attaches_the_providers_id(bobs, unknown, alice):
    given = {"provider_order_id": "4711", "reason": "it is on their list", "all_the_same": "on"}
    answer = bobs.post(page(unknown, "placed"), given, follow=True)
    assert f"It is followed from here on. Order {unknown.order_id} is processing now" in text(answer)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.provider_order_id) == ("placed", "4711")
    told = Event.objects.get(kind="purchase.placed")
    assert (told.actor, told.reason) == ("bob@panel.example", "it is on their list")
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


@pytest.mark.parametrize("button", ["change", "ask", "placed", "resend", "not-placed"])
def test_what_was_decided_leads_to_its_order(bobs, unknown, button):
    bobs.post(page(unknown, "not-placed"), {"reason": "not there"})
    before = state_of_things()
    for answer in (bobs.get(page(unknown, button), follow=True), bobs.post(page(unknown, button), follow=True)):
        assert answer.redirect_chain[-1] == (f"/admin/orders/order/{unknown.order_id}/change/", 302)
        assert f"Purchase {unknown.pk} has been decided: it is refused, as its order shows." in text(answer)
    assert state_of_things() == before


@pytest.mark.parametrize("number", ["999999", "x", "9" * 30])
def test_what_never_was_has_no_page(bobs, unknown, number):
    for button in ("ask", "placed", "resend", "not-placed"):
        assert bobs.get(f"{DESK}{number}/{button}/").status_code == 404
    assert "Perhaps it was deleted?" in text(bobs.get(f"{DESK}{number}/change/", follow=True))


def test_refunds_one_and_resends_another(bobs, ordered, unknown, alice):
    other = ordered(state="unknown").purchases.get()
    answer = bobs.post(page(unknown, "not-placed"), {"reason": "not there"}, follow=True)
    assert f"It is refunded. Order {unknown.order_id} is failed now; refunded 0.90 USD in all." in text(answer)
    answer = bobs.post(page(other, "resend"), {"reason": "not there"}, follow=True)
    assert f"It is sent once more. Order {other.order_id} is pending now" in text(answer)
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    assert list(other.order.purchases.order_by("attempt").values_list("state", flat=True)) == ["refused", "queued"]


@pytest.mark.parametrize(("action", "status"), [("refuse_selected", "failed"), ("resend_selected", "pending")])
def test_decides_the_chosen_ones_together_for_one_reason(bobs, ordered, action, status):
    chosen = [ordered(state="unknown").purchases.get() for _ in range(3)]
    left = ordered(state="unknown")
    posted = bobs.post(DESK, {"action": action, "_selected_action": [each.pk for each in chosen]})
    asking = posted["Location"]
    assert "3 purchases" in text(bobs.get(asking))

    answer = bobs.post(asking, {"reason": "their outage on Sunday"}, follow=True)

    assert "3 decided." in text(answer)
    assert {each.order.status for each in Purchase.objects.filter(pk__in=[p.pk for p in chosen])} == {status}
    assert Order.objects.get(pk=left.pk).status == "processing"
    kind = {"failed": "purchase.refused", "pending": "purchase.resent"}[status]
    told = Event.objects.filter(kind=kind)
    assert {(each.actor, each.reason) for each in told} == {("bob@panel.example", "their outage on Sunday")}
    assert told.count() == 3


def test_what_was_decided_meanwhile_is_left_and_said(bobs, ordered):
    chosen = [ordered(state="unknown").purchases.get() for _ in range(2)]
    asking = f"{DESK}together/not-placed/?ids={chosen[0].pk},{chosen[1].pk}"
    bobs.post(page(chosen[0], "placed"), {"provider_order_id": "1", "reason": "there", "all_the_same": "on"})
    answer = bobs.post(asking, {"reason": "outage"}, follow=True)
    assert "1 decided. 1 were not: they had been decided before." in text(answer)
    chosen[0].refresh_from_db()
    assert chosen[0].state == "placed"


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=x"])
def test_deciding_together_needs_a_choice(bobs, unknown, query):
    before = state_of_things()
    answer = bobs.post(f"{DESK}together/not-placed/{query}", {"reason": "x"}, follow=True)
    assert "Choose the purchases in the list first." in text(answer)
    assert state_of_things() == before


def test_a_reseller_decides_nothing_here(client, unknown, alice):
    client.force_login(alice.user)
    before = state_of_things()
    for path in (page(unknown, "placed"), page(unknown, "ask"), f"{DESK}together/resend/?ids={unknown.pk}"):
        assert client.post(path, {"reason": "x", "provider_order_id": "1"})["Location"].startswith("/admin/login/")
    assert state_of_things() == before
