"""How an account wants its pages, kept; and the ways from there."""

from decimal import Decimal
from html import unescape

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from accounts.operations import create_reseller, prefer
from catalog.models import ExchangeRate
from catalog.operations.exchange import add_exchange_rate
from tests.dashboard.counting import statements
from wallets.operations import set_low_balance

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/settings"
PASSWORD = "correct horse battery"


@pytest.fixture
def euros(db):
    """The operator has said what a euro is worth."""
    add_exchange_rate(currency="EUR", usd=Decimal("1.25"), actor="op@panel.example")


def chosen(who):
    return User.objects.values_list("language", "display_currency").get(pk=who.id)


def keep(browser, **changes):
    return browser.post(PAGE, {"language": "", "display_currency": "USD", "theme": ""} | changes)


def offered(browser):
    return [code for code, _ in browser.get(PAGE).context["form"].fields["display_currency"].choices]


def test_keeps_what_was_chosen_and_shows_it_in_the_language_chosen(alices, alice, bob, euros):
    answer = keep(alices, language="tr", display_currency="EUR", theme="dark")
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert (chosen(alice), chosen(bob)) == (("tr", "EUR"), ("", ""))
    page = alices.get(PAGE).text
    assert '<html lang="tr" data-theme="dark">' in page
    assert "≈ 80.00 EUR" in page
    for selected in ('<option value="tr" selected>', '<option value="EUR" selected>', '<option value="dark" selected>'):
        assert selected in page


def test_takes_back_what_was_chosen(alices, alice, euros):
    keep(alices, language="es", display_currency="EUR", theme="light")
    keep(alices)
    assert chosen(alice) == ("", "")
    page = alices.get(PAGE, headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in page
    assert "EUR</span>" not in page


def test_says_that_what_is_paid_is_us_dollars(alices, euros):
    page = unescape(alices.get(PAGE).text)
    assert "Whatever is shown, you pay and are refunded in US dollars." in page


def test_offers_only_currencies_that_the_operator_has_a_rate_for(alices, euros):
    assert offered(alices) == ["USD", "EUR"]
    ExchangeRate.objects.all().delete()
    assert offered(alices) == ["USD"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("display_currency", "TRY", "Select a valid choice. TRY is not one of the available choices."),
        ("display_currency", "", "This field is required."),
        ("language", "xx", "Select a valid choice. xx is not one of the available choices."),
        ("theme", "pink", "Select a valid choice. pink is not one of the available choices."),
    ],
)
def test_what_cannot_be_had_is_refused_at_its_field_and_nothing_is_kept(alices, alice, euros, field, value, sentence):
    prefer(account_id=alice.id, language="es", display_currency="EUR")
    answer = keep(alices, **{field: value})
    assert answer.status_code == 200
    assert answer.context["form"].errors[field] == [sentence]
    assert sentence in unescape(answer.text)
    assert chosen(alice) == ("es", "EUR")
    assert set(answer.cookies) <= {"csrftoken"}


def test_a_currency_whose_rate_is_gone_is_shown_as_us_dollars(alices, alice):
    prefer(account_id=alice.id, display_currency="EUR")
    page = alices.get(PAGE).text
    assert '<option value="USD"' in page
    assert "≈" not in page


def test_who_logs_in_elsewhere_reads_the_language_of_the_account(tiers):
    user = create_reseller(email="carol@example.com", password=PASSWORD)
    prefer(account_id=user.pk, language="tr")
    elsewhere = Client(headers={"Accept-Language": "en"})
    answer = elsewhere.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert '<html lang="tr"' in elsewhere.get(PAGE).text


def test_leads_to_what_has_pages_of_its_own(alices, alice):
    page = alices.get(PAGE).text
    ways = ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/")
    for way in (*ways, "/dashboard/api", "/dashboard/webhooks", "/dashboard/wallet#low-balance"):
        assert f'href="{way}"' in page
    assert "told below $10.00" in page
    set_low_balance(account_id=alice.id, threshold=Decimal(0))
    assert "never told" in alices.get(PAGE).text


def test_says_whether_there_is_a_second_factor_and_in_which_tier_the_account_is(alices, alice):
    assert '<span class="badge warn">Off</span>' in alices.get(PAGE).text
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data={})
    page = alices.get(PAGE).text
    assert '<span class="badge good">On</span>' in page
    assert '<p class="figure">Standard</p>' in page


def test_takes_few_statements(alices):
    assert len(statements(alices, PAGE)) <= 7


def test_asks_who_it_is(client):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, {"language": "tr"}).status_code == 302
