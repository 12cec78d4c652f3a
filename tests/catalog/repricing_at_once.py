"""Costs, exchange rates and rules that change at the same instant: the rate follows from what all of them are then."""

import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction

from catalog.models import ExchangeRate, PriceRule, Service, Source
from catalog.operations import add_exchange_rate, add_price_rule, change_exchange_rate, change_price_rule, change_source
from catalog.queries import priced_by_cost
from orders.operations import place
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def made() -> Decimal:
    """What the rate has to be, by what is kept."""
    source, rule = Source.objects.get(), PriceRule.objects.get()
    usd = ExchangeRate.objects.get(pk="EUR").usd
    return (source.cost * usd * (100 + rule.value) / 100).quantize(Decimal("0.00000001"))


@pytest.fixture
def priced(service):
    """A service whose rate follows from a cost in EUR, an exchange rate and its category's rule."""
    Service.objects.update(pricing_mode="")
    service.sources.update(currency="EUR")
    add_exchange_rate(currency="EUR", usd=Decimal("1.1"), actor="bob")
    add_price_rule(category=service.category, mode="markup", value=Decimal(20), actor="bob")
    service.refresh_from_db()
    assert service.rate == Decimal("0.66")
    return service


def test_whatever_changes_at_once_the_rate_is_right_in_the_end(priced):
    source, rule = priced.sources.get(), PriceRule.objects.get()
    for turn in range(1, 9):
        results = at_once(
            partial(change_exchange_rate, currency="EUR", usd=1 + Decimal(turn) / 10, actor="bob"),
            partial(change_source, source_id=source.pk, cost=Decimal(turn) / 4, actor="bob"),
            partial(change_price_rule, price_rule_id=rule.pk, value=Decimal(turn * 7), actor="bob"),
        )
        assert not [each for each in results if isinstance(each, Exception)]
        priced.refresh_from_db()
        assert priced.rate == made()


def test_with_the_rows_not_held_the_later_one_writes_what_it_read_before(priced):
    """The control: two that each read, make the rate and write it; the later one has not seen the other's change."""
    both_have_read = threading.Barrier(2)

    def unguarded(sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.execute("SELECT cost FROM catalog_source")
            (cost,) = cursor.fetchone()
            cursor.execute("SELECT usd FROM unguarded")
            (usd,) = cursor.fetchone()
            both_have_read.wait(PATIENCE)
            cursor.execute("UPDATE catalog_service SET rate = %s", [cost * usd])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (usd numeric(20, 8))")
        cursor.execute("INSERT INTO unguarded VALUES (1)")
    try:
        results = at_once(
            partial(unguarded, "UPDATE unguarded SET usd = 3"),
            partial(unguarded, "UPDATE catalog_source SET cost = 7"),
        )
        assert results == [None, None]
        priced.refresh_from_db()
        assert priced.rate != 21
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_orders_are_placed_while_their_service_is_held_for_repricing(alice, priced):
    """The lock leaves the key alone, so an order, which refers to the service, does not wait for it."""
    with transaction.atomic():
        assert list(priced_by_cost().select_for_update(of=("self",), no_key=True)) == [priced]
        params = {"service": str(priced.pk), "link": "https://example.com/p", "quantity": "1000"}

        def with_a_limit() -> int:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            return place(account_id=alice.id, params=params, request_id="r-1").id

        (placed,) = at_once(with_a_limit)
        assert isinstance(placed, int), placed
