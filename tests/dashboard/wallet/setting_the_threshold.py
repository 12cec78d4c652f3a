"""The balance below which the account's programs are told that it is low."""

from decimal import Decimal
from html import unescape

import pytest

from events.models import Event
from tests.dashboard.wallet.conftest import PAGE
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def threshold(who):
    return Wallet.objects.get(account_id=who.id).low_balance_threshold


def test_is_shown_as_it_stands(alices):
    assert 'name="threshold" value="10.00"' in alices.get(PAGE).text


@pytest.mark.parametrize(("written", "kept"), [("25", "25"), ("0", "0"), (" 12.50000001 ", "12.50000001")])
def test_is_set(alices, alice, bob, written, kept):
    answer = alices.post(PAGE, {"threshold": written})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "The threshold is set." in alices.get(PAGE).text
    assert (threshold(alice), threshold(bob)) == (Decimal(kept), Decimal(10))
    assert Event.objects.get(kind="wallet.low_balance_set").actor == "alice@example.com"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "This field is required."),
        ("-1", "A balance is never below zero: 0 means never."),
        *(
            (each, "Write an amount of US dollars such as 12.50, with at most eight decimals.")
            for each in ("12,50", "1e3", "ten", "0.000000001", "1" * 13, "NaN")
        ),
    ],
)
def test_what_is_no_amount_is_refused_at_its_field(alices, alice, written, sentence):
    answer = alices.post(PAGE, {"threshold": written})
    assert answer.status_code == 200
    assert answer.context["low"].errors["threshold"] == [sentence]
    assert sentence in unescape(answer.text)
    assert threshold(alice) == Decimal(10)
    assert not Event.objects.filter(kind="wallet.low_balance_set").exists()
