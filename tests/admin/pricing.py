"""The operator's screens of prices, coupons and stops: every button an operation in his name."""

from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import Coupon, ExchangeRate, PersonalPrice, PriceRule, Service, Stop
from catalog.operations import add_coupon, add_personal_price, stop_orders
from events.models import Event
from orders.models import CouponUse, Order
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
BOB = "bob@panel.example"


def url(model, what, *args):
    return reverse(f"admin:catalog_{model}_{what}", args=args)


def saved(answer) -> str:
    """Where the form was kept, what is read of the page it leads to."""
    assert answer.redirect_chain, text(answer)
    return text(answer)


@pytest.fixture
def inheriting(service):
    Service.objects.filter(pk=service.pk).update(pricing_mode="")
    return service


def test_a_price_rule_is_added_changed_and_removed_and_its_services_follow(bobs, inheriting):
    category = inheriting.category
    given = {"category": category.pk, "mode": "markup", "value": "20"}
    assert "cost + 20 %" in saved(bobs.post(url("pricerule", "add"), given, follow=True))
    rule = PriceRule.objects.get()
    inheriting.refresh_from_db()
    assert inheriting.rate == Decimal("0.6")

    saved(bobs.post(url("pricerule", "change", rule.pk), {"mode": "amount", "value": "0.75"}, follow=True))
    inheriting.refresh_from_db()
    assert inheriting.rate == Decimal("1.25")
    page = text(bobs.get(reverse("admin:catalog_service_change", args=[inheriting.pk])))
    assert "0.75 USD on the cost, by the category Likes's rule. 1.25" in page
    assert "service.repriced" in page

    remove = reverse("admin:catalog_pricerule_remove", args=[rule.pk])
    assert "Its services are priced by the provider's rule" in text(bobs.get(remove))
    assert "This field is required" in text(bobs.post(remove, {"reason": ""}))
    assert PriceRule.objects.count() == 1
    saved(bobs.post(remove, {"reason": "simpler"}, follow=True))
    assert PriceRule.objects.count() == 0
    assert Event.objects.get(kind="price_rule.removed").actor == BOB
    assert bobs.post(remove, {"reason": "again"}).status_code == 404


def test_a_service_gets_a_markup_in_its_form_and_says_where_it_cannot_be_priced(bobs, service):
    page = reverse("admin:catalog_service_change", args=[service.pk])
    fields = bobs.get(page).context["adminform"].form
    shown = {name: fields[name].value() for name in fields.fields}
    given = {name: value for name, value in shown.items() if value is not None and value is not False}

    saved(bobs.post(page, given | {"pricing_mode": "markup", "pricing_value": "100"}, follow=True))
    service.refresh_from_db()
    assert service.rate == Decimal(1)

    service.sources.update(currency="EUR")
    given |= {"rate": "1", "pricing_mode": "amount", "pricing_value": "3"}
    answer = text(bobs.post(page, given, follow=True))
    assert "its cost is in EUR: set the exchange rate of EUR to price it" in answer
    service.refresh_from_db()
    assert (service.rate, service.pricing_mode) == (Decimal(1), "markup")


def test_an_exchange_rate_is_set_and_says_how_many_rates_followed(bobs, service):
    Service.objects.update(pricing_mode="markup", pricing_value=10)
    service.sources.update(currency="EUR")
    answer = saved(bobs.post(url("exchangerate", "add"), {"currency": "eur", "usd": "2"}, follow=True))
    assert "Services with a new rate: 1." in answer
    saved(bobs.post(url("exchangerate", "change", "EUR"), {"usd": "3"}, follow=True))
    service.refresh_from_db()
    assert (ExchangeRate.objects.get().usd, service.rate) == (Decimal(3), Decimal("1.65"))
    assert Event.objects.get(kind="exchange_rate.changed").actor == BOB

    remove = reverse("admin:catalog_exchangerate_remove", args=["EUR"])
    refused = bobs.post(remove, {"reason": "no"})
    assert "1 service is bought in EUR: without its rate they could not be priced." in text(refused)
    assert ExchangeRate.objects.count() == 1


def test_a_personal_price_is_found_from_the_account_and_removed(bobs, alice, bob, service):
    account = reverse("admin:accounts_user_change", args=[alice.id])
    assert f"/admin/catalog/personalprice/?account={alice.id}" in bobs.get(account).content.decode()
    given = {"account": alice.id, "service": service.pk, "rate": "0.4"}
    saved(bobs.post(url("personalprice", "add"), given, follow=True))
    add_personal_price(account=bob.user, discount_percent=Decimal("12.5"), actor="bob")

    for query in (f"?account={alice.id}", "?q=alice@example.com", f"?q={service.pk}"):
        found = text(bobs.get(url("personalprice", "changelist") + query))
        assert "0.40 USD" in found
        assert "12.5 % off" not in found
    price = PersonalPrice.objects.get(service=service)
    both = bobs.post(url("personalprice", "change", price.pk), {"rate": "1", "discount_percent": "1"})
    assert "Give a rate or a discount, not both." in text(both)
    saved(bobs.post(url("personalprice", "change", price.pk), {"discount_percent": "7"}, follow=True))
    price.refresh_from_db()
    assert (price.rate, price.discount_percent) == (None, Decimal(7))
    remove = reverse("admin:catalog_personalprice_remove", args=[price.pk])
    saved(bobs.post(remove, {"reason": "moved on"}, follow=True))
    assert "personal_price.removed" in text(bobs.get(account))


def test_a_coupon_shows_how_often_it_was_used_and_by_whom_and_is_switched_off(bobs, alice, service, ordered):
    given = {
        "code": "HALF",
        "percent": "50",
        "minimum": "0",
        "use_limit": "5",
        "active": "on",
        "services": [service.pk],
    }
    saved(bobs.post(url("coupon", "add"), given, follow=True))
    coupon = Coupon.objects.get()
    assert list(coupon.services.all()) == [service]
    order = ordered(coupon="HALF")

    assert "50 % 1 5" in text(bobs.get(url("coupon", "changelist")))
    page = bobs.get(url("coupon", "change", coupon.pk))
    uses = f"/admin/orders/couponuse/?coupon={coupon.pk}"
    assert uses in page.content.decode()
    assert f"alice@example.com 1 {order} 0.45" in text(bobs.get(uses))
    assert str(order) in text(bobs.get("/admin/orders/couponuse/?q=HALF"))

    less = {"percent": "50", "minimum": "0", "use_limit": "0", "active": "on", "services": [service.pk]}
    refused = text(bobs.post(url("coupon", "change", coupon.pk), less, follow=True))
    assert "It has been used 1 times already: switch it off to end it." in refused
    bobs.get(reverse("admin:catalog_coupon_switch_off", args=[coupon.pk]))
    coupon.refresh_from_db()
    assert (coupon.active, coupon.use_limit, coupon.used) == (True, 5, 1)  # to look at the button is not to press it
    saved(bobs.post(reverse("admin:catalog_coupon_switch_off", args=[coupon.pk]), {"reason": "over"}, follow=True))
    coupon.refresh_from_db()
    assert coupon.active is False
    assert Event.objects.get(kind="coupon.changed").data == {"changed": {"active": [True, False]}}


def test_the_order_shows_how_its_price_came_about(bobs, ordered):
    add_coupon(code="HALF", percent=Decimal(50), actor="bob")
    page = text(bobs.get(reverse("admin:orders_order_change", args=[ordered(coupon="HALF").pk])))
    assert "How its price came about" in page
    assert "The coupon HALF takes 50 % off. 0.45" in page


def test_a_stop_is_on_the_first_page_until_orders_are_taken_again(bobs, service):
    home = reverse("admin:index")
    assert "New orders are stopped" not in text(bobs.get(home))
    saved(bobs.post(url("stop", "add"), {"text": "We are moving"}, follow=True))
    stop = Stop.objects.get()
    assert (stop.service, stop.provider) == (None, None)
    told = text(bobs.get(home))
    assert "New orders are stopped" in told
    assert "We are moving" in told
    again = bobs.post(url("stop", "add"), {"text": "Twice"}, follow=True)
    assert Stop.objects.count() == 1, text(again)
    saved(bobs.post(url("stop", "change", stop.pk), {"text": "Until six"}, follow=True))
    assert Stop.objects.get().text == "Until six"
    remove = reverse("admin:catalog_stop_remove", args=[stop.pk])
    saved(bobs.post(remove, {"reason": "moved"}, follow=True))
    assert Stop.objects.count() == 0
    assert Event.objects.get(kind="stop.removed").actor == BOB


def test_explains_what_an_order_would_cost_and_orders_nothing(bobs, alice, service):
    add_personal_price(account=alice.user, discount_percent=Decimal(10), actor="bob")
    add_coupon(code="HALF", percent=Decimal(50), use_limit=1, actor="bob")
    button = bobs.get(reverse("admin:catalog_service_explain_price", args=[service.pk]))
    assert button["Location"] == f"/admin/explain-price/?service={service.pk}"
    assert f'value="{service.pk}"' in bobs.get(button["Location"]).content.decode()

    given = {"service": service.pk, "account": "alice@example.com", "quantity": "1000", "coupon": "HALF"}
    page = text(bobs.post(reverse("explain_price"), given))
    for step in ("10 % off for this account. 0.81", "The coupon HALF takes 50 % off. 0.405"):
        assert step in page
    assert (Order.objects.count(), CouponUse.objects.count(), Coupon.objects.get().used) == (0, 0, 0)

    Coupon.objects.update(used=1, minimum=5)
    stop_orders(text="We are moving", actor="bob")
    page = text(bobs.post(reverse("explain_price"), given))
    for note in (
        "The coupon does not apply: it has been used as often as it may be.",
        "The coupon does not apply: the order comes to less than its minimum.",
        "No new orders of it are taken now; resellers get: We are moving",
    ):
        assert note in page
    assert "The coupon HALF takes" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"service": "999999"}, "No service on sale has the number 999999."),
        ({"service": "9" * 30}, "No service on sale has the number"),
        ({"account": "nobody@example.com"}, "No account has the address nobody@example.com."),
        ({"coupon": "NONE"}, "There is no coupon NONE; its letters count, capital or small."),
        ({"coupon": "a\0b"}, "Null characters are not allowed."),
        ({"quantity": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"quantity": "many"}, "Enter a whole number."),
    ],
)
def test_says_what_of_it_there_is_not(bobs, alice, service, changes, message):
    given = {"service": service.pk, "account": "alice@example.com", "quantity": "1000"} | changes
    assert message in text(bobs.post(reverse("explain_price"), given))


def test_nobody_else_is_told_of_prices(client, alice):
    client.force_login(alice.user)
    for address in (reverse("explain_price"), url("coupon", "changelist"), url("stop", "changelist")):
        assert client.get(address).status_code == 302
