"""Every screen opens, and what a list costs does not grow with its rows."""

from decimal import Decimal
from functools import partial

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import ApiKey
from accounts.operations import issue_key, write_mail
from alerts.operations import raise_alert
from catalog.models import Service, SyncChange
from catalog.operations import add_coupon, add_exchange_rate, add_personal_price, add_price_rule, stop_orders
from dashboard.operations import edit_text
from events.models import Event
from kit import clock
from kit.ids import new_id
from orders.models import Order, Purchase, Reconciliation, Refill, Request, Subscription, Topup
from providers.models import Provider
from tests.admin.conftest import statements, text
from tests.webhooks.ended import attempt, delivery
from wallets.models import Entry, Wallet
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db

MODELS = {model._meta.label_lower: model for model in admin.site._registry if model._meta.app_label != "auth"}
LISTS = {label: f"/admin/{label.replace('.', '/')}/" for label in sorted(MODELS)}


def some_reconciling(provider):
    raise_alert(kind="orders.stuck", text="an order is stuck")
    Reconciliation.objects.create(provider=provider, at=clock.now(), balance=1, cost=1)
    Topup.objects.create(provider=provider, amount=1, reference="wire 1", paid_at=clock.now())


def some_prices(alice, ordered):
    add_coupon(code="HALF", percent=Decimal(50), actor="bob")
    ordered(coupon="HALF", link="https://example.com/coupon")
    service = Service.objects.get()
    add_price_rule(category=service.category, mode="markup", value=Decimal(20), actor="bob")
    add_personal_price(account=alice.user, discount_percent=Decimal(5), actor="bob")
    add_exchange_rate(currency="EUR", usd=Decimal("1.1"), actor="bob")
    stop_orders(text="No new orders", service_id=service.pk, actor="bob")


def endpoint_of(person):
    made = {"public_id": new_id(), "url": "https://example.com/", "secret_encrypted": "x", "created_at": clock.now()}
    key = ApiKey.objects.get(account_id=person.id)
    return Endpoint.objects.create(api_key=key, account_id=person.id, slot=1, **made)


@pytest.fixture
def some_of_everything(alice, bob, ordered):
    placed = [ordered(), ordered(state="unknown")]
    some_prices(alice, ordered)
    some_reconciling(Provider.objects.get())
    word = {"rate": "1.00", "currency": "USD", "type": "Default"}
    waits = {"field": "new", "new": word, "state": "proposed", "at": clock.now()}
    SyncChange.objects.create(provider=Provider.objects.get(), remote_id="7", name="New there", **waits)
    Refill.objects.create(public_id=new_id(), order=placed[0], number=1, by_hand=True, created_at=clock.now())
    Subscription.objects.create(order=placed[0], username="alice", min=50, max=100, delay=0)
    attempt(delivery(endpoint_of(alice)))
    write_mail(kind="account/email/password_changed", to="alice@example.com", subject="[NotPanel] Changed", body="…")
    edit_text(slug="terms", language="en", title="Terms", body="Be fair.", actor="bob")
    return placed


def test_every_table_that_an_operator_asks_about_has_a_screen():
    assert list(LISTS) == [
        *("accounts.apikey", "accounts.mail", "accounts.tier", "accounts.user", "alerts.alert"),
        *("catalog.category", "catalog.coupon"),
        *("catalog.exchangerate", "catalog.personalprice", "catalog.pricerule", "catalog.service", "catalog.source"),
        *("catalog.stop", "catalog.syncchange", "dashboard.text"),
        *("events.event", "orders.couponuse", "orders.order", "orders.purchase", "orders.reconciliation"),
        *("orders.refill", "orders.request", "orders.subscription", "orders.topup", "orders.unknownpurchase"),
        *("providers.provider", "wallets.entry", "wallets.wallet", "webhooks.delivery", "webhooks.endpoint"),
    ]


@pytest.mark.parametrize("label", LISTS)
def test_its_list_and_each_of_its_pages_open(bobs, some_of_everything, label):
    assert bobs.get(LISTS[label]).status_code == 200
    rows = list(MODELS[label]._default_manager.all()[:3])
    assert rows
    for row in rows:
        assert bobs.get(f"{LISTS[label]}{row.pk}/change/", follow=True).status_code == 200
    gone = bobs.get(f"{LISTS[label]}999999/change/", follow=True)
    assert gone.status_code == 200
    assert "exist. Perhaps it was deleted?" in text(gone)


def test_a_list_counts_nothing_and_costs_the_same_for_5_rows_and_for_50(bobs, person, sell, ordered):
    def grow(to: int) -> None:
        for number in range(to):
            who = person(f"reseller-{to}-{number}")
            service = sell(name=f"service {to} {number}", category=f"category {to} {number}")
            order = ordered(account_id=who.id, service=str(service.pk), state="unknown")
            Refill.objects.create(public_id=new_id(), order=order, number=1, by_hand=True, created_at=clock.now())
            Subscription.objects.create(order=order, username="alice", min=50, max=100, delay=0)
            delivery(endpoint_of(who))

    def measured() -> dict[str, list[str]]:
        return {label: statements(partial(bobs.get, page))[1] for label, page in LISTS.items()}

    grow(5)
    measured()
    few = measured()
    grow(45)
    many = measured()

    assert {label: len(sql) for label, sql in many.items()} == {label: len(sql) for label, sql in few.items()}
    small = {"accounts.tier", "catalog.category", "catalog.service", "catalog.source", "providers.provider"}
    small |= {"catalog.coupon", "catalog.exchangerate", "catalog.pricerule", "catalog.stop"}
    # The menu's count of unknown purchases looks at 21 rows of a small index.
    counting = {
        label: [each for each in sql if "COUNT(*)" in each and "LIMIT 21" not in each] for label, sql in many.items()
    }
    assert {label: sql for label, sql in counting.items() if len(sql) > (label in small)} == {}


@pytest.mark.parametrize("model", [Entry, Event, Request, Purchase, Order, Refill, Wallet, Endpoint, Delivery])
def test_nobody_edits_what_only_operations_write(bobs, some_of_everything, model):
    name = model._meta.label_lower.replace(".", "_")
    row = model.objects.first()
    before = list(model.objects.values())
    for page in (
        reverse(f"admin:{name}_add"),
        reverse(f"admin:{name}_delete", args=[row.pk]),
    ):
        assert bobs.get(page).status_code == 403
        assert bobs.post(page, {"post": "yes"}).status_code == 403
    assert bobs.post(reverse(f"admin:{name}_change", args=[row.pk]), {"status": "completed"}).status_code == 403
    assert bobs.post(reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": row.pk})
    assert list(model.objects.values()) == before


def test_services_and_accounts_are_not_deleted(bobs, some_of_everything):
    service = Service.objects.get()
    for page in ("catalog_service_delete", "accounts_user_delete"):
        assert bobs.post(reverse(f"admin:{page}", args=[service.pk]), {"post": "yes"}).status_code in {403, 404}
    assert Service.objects.filter(pk=service.pk).exists()


def test_an_orders_page_shows_its_purchases_its_money_and_its_history(bobs, ordered):
    order = ordered(state="unknown")

    page = text(bobs.get(reverse("admin:orders_order_change", args=[order.pk])))

    for told in (
        *(order.shown_id, "Purchases", "service: 1, quantity: 1000", "<html>502</html>"),
        *(f"order:{order.pk}:charge", "-0.90", "order.placed", "order.processing"),
        *("Resend…", "Mark as not placed…", "Cancel and refund…"),
    ):
        assert told in page


def test_a_wallets_page_shows_its_entries_and_the_balance_everyone_is_shown(bobs, alice, ordered):
    ordered()
    page = text(bobs.get(reverse("admin:wallets_wallet_change", args=[alice.id])))
    assert "99.10" in page
    assert "+100.00" in page
    assert "-0.90" in page


def test_the_unknown_purchases_are_one_click_away(bobs, ordered):
    order = ordered(state="unknown")
    ordered()

    home = bobs.get(reverse("admin:index"))
    listed = bobs.get(reverse("admin:orders_purchase_changelist"), {"state": "unknown"})

    assert "Purchases of which nobody knows whether they were placed" in text(home)
    assert reverse("admin:orders_unknownpurchase_changelist") in home.content.decode()
    for page in (home, listed):
        assert order.shown_id in text(page)
        assert "<html>502</html>" in text(page)
        assert "service: 1, quantity: 1000" in text(page)
    assert text(listed).count("ord_") == 1


def test_the_first_page_says_when_nothing_waits(bobs):
    assert "Nothing waits for a decision" in text(bobs.get(reverse("admin:index")))


def test_a_key_is_found_by_its_value_and_its_value_is_on_no_page(bobs, alice, bob):
    key, value = issue_key(account_id=alice.id, name="shop")
    answer = bobs.get(reverse("admin:accounts_apikey_changelist"), {"q": value})
    page = bobs.get(reverse("admin:accounts_apikey_change", args=[key.pk]))
    assert text(answer).count("np_live_") == 1
    assert value not in page.content.decode()


@pytest.mark.parametrize("by", ["id", "public id", "e-mail", "link", "the provider's id"])
def test_an_order_is_found(bobs, ordered, by, bob):
    wanted = ordered(link="https://example.com/wanted")
    ordered(account_id=bob.id)
    Purchase.objects.filter(order=wanted).update(provider_order_id="X-77")
    term = {
        "id": str(wanted.pk),
        "public id": wanted.shown_id,
        "e-mail": "Alice@example.com",
        "link": "https://example.com/wanted",
        "the provider's id": "X-77",
    }[by]

    answer, sql = statements(lambda: bobs.get(reverse("admin:orders_order_changelist"), {"q": term}))

    assert text(answer).count("ord_") == 1
    assert wanted.shown_id in text(answer)
    assert not [each for each in sql if "LIKE" in each.upper()]


@pytest.mark.parametrize("label", [label for label in LISTS if label != "accounts.tier"])
def test_a_search_for_anything_answers(bobs, some_of_everything, label):
    for term in (
        "nobody@example.com",
        "ord_nothing",
        "9" * 20,
        "\0",
        "%",
        "a b c",
        "\u2177",
        "order 1",
        "https://x.example",
    ):
        assert bobs.get(LISTS[label], {"q": term}).status_code == 200
