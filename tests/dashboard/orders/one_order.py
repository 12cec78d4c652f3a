"""An order's page: what its owner is shown of it, and that it keeps up with what happens."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.operations import change_email
from catalog.models import Coupon
from events.operations import record
from kit import ids
from orders.models import Order, Post, Purchase, Refill, Subscription
from orders.operations import place
from tests.conftest import MakeService, Person
from tests.dashboard.orders.conftest import PlaceFor
from webhooks.kinds import KINDS

pytestmark = pytest.mark.django_db


def shown(client: Client, order: Order) -> str:
    return client.get(f"/dashboard/orders/{order.shown_id}").content.decode()


def facts(page: str) -> dict[str, str]:
    """Return what is under each of the page's terms, without tags."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    return {term: re.sub(r"\s+", " ", re.sub("<[^>]+>", "", told)).strip() for term, told in found}


def history_of(page: str) -> list[tuple[str, str]]:
    """Return what happened and who did it, the latest first."""
    said = re.findall(r"<li>\s*<span>(.*?)</span>\s*<small[^>]*>.*?</time> · (.*?)</small>", page, re.DOTALL)
    return [(what, who) for what, who in said]


def test_shows_what_was_ordered_and_how_it_stands(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, name="Likes & more")
    Order.objects.filter(pk=order.pk).update(status="in_progress", start_count=7, remains=650, refunded="0.30")
    page = shown(alices, order)
    told = facts(page)
    assert told["Service"] == f"{order.service_id} Likes &amp; moreLikes"
    assert (told["Quantity"], told["Start count"], told["Remains"]) == ("1000", "7", "650")
    assert (told["Charged"], told["Refunded"], told["Kept"]) == ("$0.90", "$0.30", "$0.60")
    assert '<span class="badge info">In progress</span>' in page
    link = (
        '<a href="https://example.com/p" rel="noreferrer noopener nofollow" target="_blank">https://example.com/p</a>'
    )
    assert link in page


def test_is_found_by_its_number_too(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    assert alices.get(f"/dashboard/orders/{order_for(alice).pk}").status_code == 200


def test_shows_what_its_type_takes_in_words(alices: Client, alice: Person, sell: MakeService) -> None:
    given = {"link": "https://example.com/p", "quantity": "100", "country": "<US>", "device": "5"}
    given |= {"type_of_traffic": "1", "google_keyword": "coffee"}
    placed = place(account_id=alice.id, params={"service": str(sell(type="Web Traffic").pk), **given}, request_id="r")
    told = facts(shown(alices, Order.objects.get(pk=placed.id)))
    assert (told["Country"], told["Device"]) == ("&lt;US&gt;", "Any device")
    assert (told["Where visitors come from"], told["What they search for"]) == ("From a search", "coffee")


def test_shows_lines_as_lines(alices: Client, alice: Person, sell: MakeService) -> None:
    params = {"link": "https://example.com/p", "comments": "one\n<two>"}
    service = sell(type="Custom Comments", min=1)
    placed = place(account_id=alice.id, params={"service": str(service.pk), **params}, request_id="r")
    page = shown(alices, Order.objects.get(pk=placed.id))
    assert "<summary>2 lines</summary>" in page
    assert "one\n&lt;two&gt;</pre>" in page


def steps(page: str) -> list[str]:
    _, _, table = page.partition('<table class="steps">')
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("</table>")[0], re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)).strip() for row in rows]


def test_shows_how_its_price_came_about(alices: Client, alice: Person, sell: MakeService) -> None:
    tier = alice.user.tier
    tier.discount_percent = Decimal("5")
    tier.save()
    Coupon.objects.create(code="HALF", percent=50)
    params = {"service": str(sell().pk), "link": "https://example.com/p", "quantity": "1000", "coupon": "HALF"}
    placed = place(account_id=alice.id, params=params, request_id="r")
    assert steps(shown(alices, Order.objects.get(pk=placed.id))) == [
        "Your rate 5 % off for your tier $0.855 per 1000",
        "Quantity 1000 $0.855",
        "Coupon HALF takes 50 % off $0.4275",
    ]


def test_shows_each_run_of_a_dripfeed(alices: Client, alice: Person, sell: MakeService) -> None:
    params = {"link": "https://example.com/p", "quantity": "100", "runs": "3", "interval": "30"}
    service = sell(dripfeed=True)
    placed = place(account_id=alice.id, params={"service": str(service.pk), **params}, request_id="r")
    page = shown(alices, Order.objects.get(pk=placed.id))
    assert facts(page)["Runs"] == "3"
    assert re.findall(r'<th scope="row" class="number">(\d)</th>', page) == ["1", "2", "3"]


def test_shows_the_posts_of_a_subscription(alices: Client, alice: Person, sell: MakeService) -> None:
    params = {"username": "alice", "min": "50", "max": "60", "delay": "5"}
    service = sell(type="Subscriptions")
    placed = place(account_id=alice.id, params={"service": str(service.pk), **params}, request_id="r")
    parent = Order.objects.get(pk=placed.id)
    child = Order.objects.create(
        public_id=ids.new_id(), account=alice.user, service=service, parent=parent, quantity=55, rate=service.rate,
        charge=0, remains=0, created_at=parent.created_at, params={"username": "alice"},
    )  # fmt: skip
    bought = Purchase.objects.get(order=parent)
    post = Post(subscription=parent.subscription, purchase=bought, provider=bought.provider, quantity=55, order=child)
    post.provider_order_id, post.state = "77", "charged"
    post.reported_at = post.due_at = parent.created_at
    post.save()
    Subscription.objects.filter(pk=parent.pk).update(state="paused", needs="1.50")
    page = shown(alices, parent)
    assert f'href="/dashboard/orders/{child.shown_id}"' in page
    assert facts(page)["Quantity"] == "no end"
    assert "It goes on when the balance is at least $1.50." in page
    page = shown(alices, child)
    assert facts(page)["Subscription"] == parent.shown_id
    assert "?again=" not in page, "nobody orders a post"


def test_shows_its_refills(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    refill = Refill.objects.create(
        public_id=ids.new_id(), order=order, number=1, status="rejected",
        created_at=order.created_at, ended_at=order.created_at,
    )  # fmt: skip
    page = shown(alices, order)
    assert refill.shown_id in page
    assert '<span class="badge bad">Rejected</span>' in page


# --- Its history ---------------------------------------------------------------------------------------------------


def test_tells_what_happened_and_who_did_it(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    tell: Any = {"subject": "order", "subject_id": order.pk}
    record(kind="order.processing", **tell)
    record(kind="order.cancel_requested", actor="api:np_live_abcd", **tell)
    record(kind="order.canceled", actor="bob@panel.example", reason="he asked on the phone", **tell)
    record(kind="order.refunded", data={"refund": "0.90", "balance": "100.00"}, **tell)
    assert history_of(shown(alices, order)) == [
        ("$0.90 went back to your balance", "the panel"),
        ("Canceled", "the panel&#x27;s operator"),
        ("Canceling was asked for", "API key np_live_abcd…"),
        ("Sent to be delivered", "the panel"),
        ("Placed for $0.90", "you"),
    ]


def test_what_one_did_under_an_earlier_address_one_did_oneself(
    alices: Client, alice: Person, order_for: PlaceFor
) -> None:
    order = order_for(alice)
    change_email(account_id=alice.id, email="alice@new.example", actor="alice@example.com")
    assert history_of(shown(alices, order)) == [("Placed for $0.90", "you")]


def test_tells_of_its_refills_and_of_nobody_elses(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order, other = order_for(alice), order_for(alice)
    made = [
        Refill.objects.create(public_id=ids.new_id(), order=each, number=1, created_at=each.created_at)
        for each in (order, other)
    ]
    record(kind="refill.requested", subject="refill", subject_id=made[0].pk, actor="alice@example.com")
    record(kind="refill.in_progress", subject="refill", subject_id=made[1].pk)
    assert [said for said, _ in history_of(shown(alices, order))] == ["A refill was asked for", "Placed for $0.90"]


def test_everything_that_webhooks_tell_of_an_order_has_words() -> None:
    from dashboard.ordering.history import SAID

    assert {kind for kind in KINDS if kind.startswith(("order.", "refill."))} <= set(SAID)


# --- Keeping up ----------------------------------------------------------------------------------------------------


def asks_again(page: str) -> str | None:
    found = re.search(r'<div id="standing" hx-get="([^"]+)" hx-trigger="every 10s"', page)
    return found[1] if found else None


def test_asks_again_while_it_is_open(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    address = asks_again(shown(alices, order))
    assert address
    Order.objects.filter(pk=order.pk).update(remains=400)
    answer = alices.get(address, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in answer.headers
    assert facts(answer.content.decode())["Remains"] == "400"
    assert "<html" not in answer.content.decode()
    assert asks_again(answer.content.decode()) == address


def test_loads_the_page_anew_when_its_status_has_changed(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    address = asks_again(shown(alices, order))
    ended = datetime(2026, 5, 2, tzinfo=UTC)
    Order.objects.filter(pk=order.pk).update(status="completed", remains=0, ended_at=ended)
    answer = alices.get(address or "")
    assert answer.headers["HX-Refresh"] == "true"
    assert asks_again(answer.content.decode()) is None
    assert asks_again(shown(alices, order)) is None


def test_no_more_statements_for_a_long_history(
    alices: Client, alice: Person, order_for: PlaceFor, django_assert_max_num_queries
) -> None:
    order = order_for(alice)
    for _ in range(300):
        record(kind="order.processing", subject="order", subject_id=order.pk)
    alices.get("/dashboard/balance")  # from here on it is in the cache
    with django_assert_max_num_queries(8):
        page = shown(alices, order)
    assert len(history_of(page)) == 200
