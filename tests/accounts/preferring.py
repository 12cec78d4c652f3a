"""How an account wants its pages: a language of the panel's, and a currency beside USD."""

import pytest

from accounts.models import User
from accounts.operations import InvalidPreference, UnknownAccount, prefer
from events.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_languages(settings):
    settings.LANGUAGES = [("en", "English"), ("tr", "Türkçe"), ("es", "Español")]


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (User, Event)]


def test_at_first_nothing_is_preferred(alice):
    assert (alice.user.language, alice.user.display_currency) == ("", "")


def test_what_is_given_is_set_and_nothing_else_of_anybody(alice, bob):
    users, events = rows()
    prefer(account_id=alice.id, language="tr", display_currency="TRY")
    users[0] |= {"language": "tr", "display_currency": "TRY"}
    assert rows() == [users, events]

    prefer(account_id=alice.id, language="es")
    users[0] |= {"language": "es"}
    assert rows() == [users, events]

    prefer(account_id=alice.id, display_currency="")
    users[0] |= {"display_currency": ""}
    assert rows() == [users, events]

    prefer(account_id=alice.id, language="")
    prefer(account_id=alice.id)
    users[0] |= {"language": ""}
    assert rows() == [users, events]


@pytest.mark.parametrize("language", ["de", "EN", "en-gb", "english!", "x" * 300, "\0"])
def test_another_language_is_refused(alice, language):
    before = rows()
    with pytest.raises(InvalidPreference) as refusal:
        prefer(account_id=alice.id, language=language, display_currency="EUR")
    assert str(refusal.value) == f"{language!r} is none of the panel's languages"
    assert rows() == before


@pytest.mark.parametrize("code", ["eur", "EU", "EURO_", "E" * 9, "EUR\n", "ÄÖÜ", "€", " EUR", "\0"])
def test_what_is_no_currencys_code_is_refused(alice, code):
    before = rows()
    with pytest.raises(InvalidPreference) as refusal:
        prefer(account_id=alice.id, language="tr", display_currency=code)
    assert str(refusal.value) == f"{code!r} is no currency: write a code such as EUR"
    assert rows() == before


def test_an_account_that_there_is_not_prefers_nothing(alice):
    with pytest.raises(UnknownAccount):
        prefer(account_id=alice.id + 1000, language="tr")
