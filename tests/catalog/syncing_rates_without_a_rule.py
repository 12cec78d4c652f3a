"""Services that no rule prices are sold at their cost in USD: by the sync too, whatever moves it."""

from decimal import Decimal

import pytest

from catalog.operations import add_exchange_rate, change_exchange_rate, change_service, change_source
from tests.catalog.conftest import alerts_open, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_euro(seller, run):
    """Two services that were imported without a markup from a provider that charges in EUR, worth 1.10 USD."""
    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    seller.currency = "EUR"
    seller.save(update_fields=["currency"])
    run()


@pytest.mark.parametrize("usd", ["1.20", "1.00"])
def test_the_rate_follows_the_exchange_rate(in_euro, sync, run, catalogue, sold, usd):
    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal(usd))
    sync()
    assert sold("1").rate == Decimal("0.90") * Decimal(usd)
    assert sold("1").sources.get().active
    assert alerts_open() == {}

    catalogue.rows[0] = row(1, rate="1.00")  # and goes on following: it is nobody's own edit
    sync()
    assert sold("1").rate == Decimal(usd)
    assert run().kept == []


def test_a_rate_of_the_operators_own_stays(in_euro, sync, sold):
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal(5))
    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.20"))
    sync()
    assert sold("1").rate == Decimal(5)


def test_with_a_cost_of_the_operators_own_the_rate_stays_and_follows_again_when_the_cost_is_the_providers(
    in_euro, sync, catalogue, sold
):
    source = sold("1").sources.get()
    change_source(source_id=source.pk, actor="bob", cost=Decimal("0.50"))
    catalogue.rows[0] = row(1, rate="1.00")
    sync()
    assert sold("1").rate == Decimal("0.99")

    change_source(source_id=source.pk, actor="bob", cost=Decimal("1.00"))
    sync()
    assert sold("1").rate == Decimal("1.10")
