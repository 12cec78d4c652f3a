"""Services' rates that follow from what they cost: whenever a cost, a rule, a mode or an exchange rate changes."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, ExchangeRate, PriceRule, Service, Source
from catalog.operations import (
    ExchangeRateInUse,
    add_exchange_rate,
    add_price_rule,
    add_source,
    change_exchange_rate,
    change_price_rule,
    change_service,
    change_source,
    remove_exchange_rate,
    remove_price_rule,
    reprice,
)
from events.models import Event
from providers.operations import add_provider

pytestmark = pytest.mark.django_db


def rate(service) -> Decimal:
    return Service.objects.values_list("rate", flat=True).get(pk=service.pk)


@pytest.fixture
def inheriting(sell):
    """A service without a price of its own: 0.90 now, and 0.50 at the provider."""
    return sell(pricing_mode="")


def test_a_markup_of_its_own_is_made_of_the_cost_at_once_and_told(service):
    change_service(service_id=service.pk, actor="bob", pricing_mode="markup", pricing_value=Decimal(20))
    assert rate(service) == Decimal("0.6")
    event = Event.objects.get(kind="service.repriced")
    assert (event.subject, event.subject_id, event.actor, event.reason) == (
        *("service", service.pk, "bob", "the service was edited"),
    )
    assert event.data == {"rate": ["0.90", "0.60"]}


def test_an_amount_is_added_to_the_cost(service):
    change_service(service_id=service.pk, actor="bob", pricing_mode="amount", pricing_value=Decimal("0.25"))
    assert rate(service) == Decimal("0.75")


def test_a_rate_by_hand_is_a_fixed_price(service, provider):
    change_service(service_id=service.pk, actor="bob", pricing_mode="markup", pricing_value=Decimal(20))
    change_service(service_id=service.pk, actor="bob", rate=Decimal(3))
    service.refresh_from_db()
    assert (service.rate, service.pricing_mode, service.pricing_value) == (Decimal(3), "fixed", None)
    change_source(source_id=service.sources.get().pk, actor="bob", cost=Decimal(2))
    assert rate(service) == Decimal(3)


def test_refuses_a_rate_by_hand_together_with_a_markup(service):
    before = list(Service.objects.values())
    with pytest.raises(ValidationError, match="A rate by hand is a fixed price: choose one or the other"):
        change_service(service_id=service.pk, actor="bob", rate=Decimal(3), pricing_mode="markup", pricing_value=1)
    assert list(Service.objects.values()) == before


def test_a_category_rule_goes_before_the_providers_and_without_any_the_rate_stays(inheriting, provider):
    assert reprice().changed == 0
    assert rate(inheriting) == Decimal("0.9")
    add_price_rule(actor="bob", provider=provider, mode="markup", value=Decimal(100))
    assert rate(inheriting) == Decimal(1)
    of_category = add_price_rule(actor="bob", category=inheriting.category, mode="amount", value=Decimal("0.1"))
    assert rate(inheriting) == Decimal("0.6")
    change_price_rule(price_rule_id=of_category.pk, actor="bob", value=Decimal("0.2"))
    assert rate(inheriting) == Decimal("0.7")
    remove_price_rule(price_rule_id=of_category.pk, actor="bob", reason="simpler")
    assert rate(inheriting) == Decimal(1)
    removed = Event.objects.get(kind="price_rule.removed")
    assert (removed.subject, removed.subject_id, removed.reason) == ("category", inheriting.category_id, "simpler")
    remove_price_rule(price_rule_id=PriceRule.objects.get().pk, actor="bob", reason="simpler still")
    assert rate(inheriting) == Decimal(1)


def test_a_rule_leaves_fixed_prices_and_those_with_a_markup_of_their_own(sell):
    fixed, own = sell(), sell(pricing_mode="markup", pricing_value=Decimal(10), remote_id="2")
    add_price_rule(actor="bob", category=fixed.category, mode="markup", value=Decimal(500))
    assert (rate(fixed), rate(own)) == (Decimal("0.9"), Decimal("0.9"))
    assert reprice().changed == 1
    assert (rate(fixed), rate(own)) == (Decimal("0.9"), Decimal("0.55"))


def test_moving_to_another_category_moves_to_its_rule(inheriting):
    dearer = Category.objects.create(name="Dearer")
    add_price_rule(actor="bob", category=dearer, mode="markup", value=Decimal(300))
    change_service(service_id=inheriting.pk, actor="bob", category=dearer)
    assert rate(inheriting) == Decimal(2)


def test_the_cost_is_that_of_the_first_active_source(service, provider):
    change_service(service_id=service.pk, actor="bob", pricing_mode="markup", pricing_value=Decimal(100))
    assert rate(service) == Decimal(1)
    second = add_source(actor="bob", service=service, provider=provider, remote_id="2", cost=Decimal(4), priority=2)
    assert rate(service) == Decimal(1)
    change_source(source_id=second.pk, actor="bob", priority=0)
    assert rate(service) == Decimal(8)
    change_source(source_id=second.pk, actor="bob", cost=Decimal(3))
    assert rate(service) == Decimal(6)
    change_source(source_id=second.pk, actor="bob", active=False)
    assert rate(service) == Decimal(1)
    change_source(source_id=service.sources.get(remote_id="1").pk, actor="bob", active=False)
    assert rate(service) == Decimal(1)  # nothing to make it of


def test_a_cost_in_another_currency_waits_for_its_exchange_rate_and_follows_it(inheriting, provider):
    add_price_rule(actor="bob", provider=provider, mode="markup", value=Decimal(20))
    source = inheriting.sources.get()
    change_source(source_id=source.pk, actor="bob", currency="EUR")
    assert rate(inheriting) == Decimal("0.6")
    why = "its cost is in EUR: set the exchange rate of EUR to price it"
    assert reprice().kept == {inheriting.pk: why}
    with pytest.raises(ValidationError, match=why):
        change_service(service_id=inheriting.pk, actor="bob", pricing_mode="markup", pricing_value=Decimal(5))
    inheriting.refresh_from_db()
    assert (inheriting.pricing_mode, inheriting.rate) == ("", Decimal("0.6"))

    assert add_exchange_rate(currency=" eur ", usd=Decimal("1.1"), actor="bob").changed == 1
    assert rate(inheriting) == Decimal("0.66")
    assert change_exchange_rate(currency="EUR", usd=Decimal("1.2"), actor="bob").changed == 1
    assert rate(inheriting) == Decimal("0.72")
    event = Event.objects.get(kind="exchange_rate.changed")
    assert (event.actor, event.data) == ("bob", {"currency": "EUR", "usd": ["1.10", "1.20"], "repriced": 1})


def test_refuses_to_remove_an_exchange_rate_that_something_is_bought_by(inheriting):
    add_exchange_rate(currency="EUR", usd=Decimal("1.1"), actor="bob")
    inheriting.sources.update(currency="EUR")
    with pytest.raises(ExchangeRateInUse, match="1 service is bought in EUR: without its rate they could not be pri"):
        remove_exchange_rate(currency="EUR", actor="bob", reason="none")
    assert ExchangeRate.objects.count() == 1
    assert not Event.objects.filter(kind="exchange_rate.removed").exists()
    inheriting.sources.update(currency="USD")
    remove_exchange_rate(currency="EUR", actor="bob", reason="none")
    assert ExchangeRate.objects.count() == 0
    assert Event.objects.get(kind="exchange_rate.removed").reason == "none"


@pytest.mark.parametrize("currency", ["", "USD", "usd", "E", "EURO-CENT", "€"])
def test_refuses_what_is_no_other_currency(db, currency):
    with pytest.raises(ValidationError, match="Write another currency than USD by its letters, like EUR"):
        add_exchange_rate(currency=currency, usd=Decimal(1), actor="bob")
    assert ExchangeRate.objects.count() == 0


def test_refuses_an_exchange_rate_of_nothing_and_changes_none(inheriting):
    add_exchange_rate(currency="EUR", usd=Decimal("1.1"), actor="bob")
    with pytest.raises(ValidationError):
        change_exchange_rate(currency="EUR", usd=Decimal(0), actor="bob")
    assert ExchangeRate.objects.get().usd == Decimal("1.1")


def test_refuses_a_rule_of_both_and_of_neither_and_a_second_one(inheriting, provider):
    for which in ({"category": inheriting.category, "provider": provider}, {}):
        with pytest.raises(ValidationError, match="A rule is a category's or a provider's"):
            add_price_rule(actor="bob", mode="markup", value=Decimal(1), **which)
    add_price_rule(actor="bob", provider=provider, mode="markup", value=Decimal(1))
    with pytest.raises(ValidationError, match="already exists"):
        add_price_rule(actor="bob", provider=provider, mode="markup", value=Decimal(1))
    assert PriceRule.objects.count() == 1


def test_a_thousand_services_are_repriced_in_few_statements_and_only_where_it_changes_something(inheriting):
    other = add_provider(name="Euro", url="http://127.0.0.1:9/api/v2", key="k")
    add_price_rule(actor="bob", provider=other, mode="markup", value=Decimal(10))
    services = Service.objects.bulk_create(
        Service(category=inheriting.category, name=f"{n}", rate=1, min=1, max=9, pricing_mode="") for n in range(1001)
    )
    Source.objects.bulk_create(
        Source(service=each, provider=other, remote_id=str(each.pk), cost=Decimal(2), currency="EUR")
        for each in services
    )
    with CaptureQueriesContext(connection) as captured:
        done = add_exchange_rate(currency="EUR", usd=Decimal(2), actor="bob")
    assert (done.changed, done.kept) == (1001, {})
    assert set(Service.objects.filter(name__regex="^[0-9]").values_list("rate", flat=True)) == {Decimal("4.4")}
    assert Event.objects.filter(kind="service.repriced").count() == 1001
    assert len(captured) < 50, "\n".join(each["sql"][:80] for each in captured.captured_queries)
    assert rate(inheriting) == Decimal("0.9")
    assert reprice().changed == 0
