"""Lists and wishes that are refused: a clear sentence, and nothing changed."""

import pytest

from catalog.operations import importing
from catalog.operations.importing import ImportRefused
from catalog.remote_ids import parsed
from providers.outcomes import CallFailed
from tests.catalog.conftest import everything, row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "Seller: The provider's list of services is empty. Nothing was imported."),
        ({"services": []}, "Seller: The provider's list of services is not a list. Nothing was imported."),
        ({"error": "Invalid API key"}, "Seller: The provider says: Invalid API key. Nothing was imported."),
        (
            [row(1, rate="cheap"), "oops"],
            (
                "None of the 2 services that Seller lists can be read (Likes 1: the rate 'cheap' is no price; "
                "a row: the row is not an object). Nothing was imported."
            ),
        ),
    ],
)
def test_refuses_an_empty_or_broken_list(run, catalogue, rows, message):
    run()
    before = everything()
    catalogue.rows = rows

    with pytest.raises(ImportRefused) as refused:
        run()

    assert str(refused.value) == message
    assert everything() == before


def test_refuses_a_provider_that_does_not_answer(provider):
    before = everything()

    with pytest.raises(ImportRefused, match=r"Nothing was imported\.$") as refused:
        importing.import_services(provider=provider)

    assert isinstance(refused.value.__cause__, CallFailed)
    assert everything() == before


def test_refuses_ids_that_are_not_listed(run):
    before = everything()

    with pytest.raises(ImportRefused, match=r"^Seller lists none of these ids\. Nothing was imported\.$"):
        run(wanted=parsed("77"))

    assert everything() == before


def test_refuses_a_provider_whose_currency_has_no_exchange_rate(run, seller):
    seller.currency = "EUR"
    before = everything()

    with pytest.raises(ImportRefused) as refused:
        importing.import_services(provider=seller)

    assert str(refused.value) == (
        "Seller charges in EUR, and nobody has said what that is worth: enter the exchange rate of EUR in the admin, "
        "under Prices, Exchange rates. Nothing was imported."
    )
    assert everything() == before


@pytest.mark.parametrize("markup", ["-1", "10001"])
def test_refuses_a_markup_that_cannot_be_meant(run, markup):
    before = everything()

    with pytest.raises(ImportRefused, match=r"^The markup is a percentage from 0 to 10000\.$"):
        run(markup=markup)

    assert everything() == before
