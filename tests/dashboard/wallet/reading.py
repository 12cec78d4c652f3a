"""The statement on the wallet's page: each entry in words, narrowed down, a slice at a time."""

import re
from decimal import Decimal
from html import unescape

import pytest

from accounts.models import Tier
from accounts.operations import deposit, prefer
from catalog.operations.exchange import add_exchange_rate
from tests.dashboard.counting import statements
from tests.dashboard.wallet.conftest import OPERATOR, PAGE, UPSTREAM
from wallets.operations import adjust

pytestmark = pytest.mark.django_db


def shown(browser, **asked):
    """Return what each line says, without markup."""
    page = browser.get(PAGE, asked).text
    body = page.partition('class="stacks statement"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row) for row in body.split("</tr>")[:-1]]
    return [" ".join(unescape(row).split()[2:]) for row in rows]  # without the moment


def test_says_each_entry_in_words_with_the_balance_after_it(alices, order):
    assert shown(alices) == [
        "Adjustment a double payout -$2.50 $121.96",
        "Deposit bank-7 +$25.00 $124.46",
        f"Refund {order.shown_id} +$0.36 $99.46",
        f"Order {order.shown_id} -$0.90 $99.10",
        f"Deposit {shown(alices)[4].split()[1]} +$100.00 $100.00",
    ]
    assert f'href="/dashboard/orders/{order.shown_id}"' in alices.get(PAGE).text


def test_says_neither_who_the_operator_is_nor_what_providers_said(alices, order):
    for address in (PAGE, f"{PAGE}?kind=refunds", f"{PAGE}.csv"):
        answer = alices.get(address)
        text = answer.getvalue().decode() if answer.streaming else answer.text
        assert "0.36" in text
        assert OPERATOR not in text
        assert UPSTREAM not in text


def test_what_is_not_said_is_not_found_either(alices, order):
    assert shown(alices, q="upstream") == []
    assert shown(alices, q="double") == ["Adjustment a double payout -$2.50 $121.96"]


@pytest.mark.parametrize("form", ["shown_id", "pk"])
def test_an_order_is_found_by_either_form_of_its_id(alices, alice, order, order_for, form):
    order_for(alice)
    lines = [f"Refund {order.shown_id} +$0.36 $99.46", f"Order {order.shown_id} -$0.90 $99.10"]
    assert shown(alices, q=str(getattr(order, form))) == lines


def test_another_accounts_order_finds_nothing(bobs, order):
    assert shown(bobs, q=order.shown_id) == []
    assert shown(bobs, q=f"order:{order.pk}:charge") == []


def test_nothing_of_another_account_is_listed(bobs, order):
    [only] = shown(bobs)
    assert only.startswith("Deposit ")


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("sales", ["Order"]), ("refunds", ["Refund"]), ("deposits", ["Deposit", "Deposit"]), ("bonuses", [])],
)
def test_lists_one_kind(alices, order, kind, begins):
    assert [line.split()[0] for line in shown(alices, kind=kind)] == begins


def test_lists_some_days(alices, alice, time):
    today = f"{alice.user.joined_at:%Y-%m-%d}"
    time.move(days=3)
    adjust(account_id=alice.id, amount=Decimal(1), reference="later", actor=OPERATOR, reason="three days later")
    assert len(shown(alices, until=today)) == 1
    assert len(shown(alices, since=today)) == 2
    assert shown(alices, since=f"{alice.user.joined_at.replace(year=2099):%Y-%m-%d}") == []


@pytest.mark.parametrize(
    ("asked", "field", "sentence"),
    [
        ({"since": "yesterday"}, "since", "Enter a valid date."),
        ({"until": "2026-02-30"}, "until", "Enter a valid date."),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "until", "This day is before the first one."),
        ({"kind": "thefts"}, "kind", "Select a valid choice. thefts is not one of the available choices."),
        ({"q": "\x00"}, "q", "Null characters are not allowed."),
        ({"q": "x" * 201}, "q", "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field_and_nothing_is_listed(alices, order, asked, field, sentence):
    answer = alices.get(PAGE, asked)
    assert answer.status_code == 200
    assert answer.context["statement"].form.errors[field] == [sentence]
    assert sentence in unescape(answer.text)
    assert "Export as CSV" not in answer.text
    assert shown(alices, **asked) == []


def test_slices_meet(alices, alice):
    for number in range(51):
        adjust(account_id=alice.id, amount=Decimal(1), reference=f"a-{number}", actor=OPERATOR, reason=f"no. {number}")
    first = alices.get(PAGE)
    assert [line.split()[2] for line in shown(alices)] == [str(number) for number in range(50, 0, -1)]
    assert 'href="?before=3"' in first.text
    assert [line.split()[0] for line in shown(alices, before="3")] == ["Adjustment", "Deposit"]
    assert 'href="?after=2"' in alices.get(PAGE, {"before": "3"}).text


def test_a_search_stays_in_the_pages_of_its_list(alices, alice):
    for number in range(51):
        adjust(account_id=alice.id, amount=Decimal(1), reference=f"a-{number}", actor=OPERATOR, reason=f"no. {number}")
    text = unescape(alices.get(PAGE, {"kind": "adjustments", "q": "no."}).text)
    assert 'href="?kind=adjustments&q=no.&before=3"' in text
    assert 'href="/dashboard/wallet.csv?kind=adjustments&q=no."' in text


def test_takes_as_many_statements_for_many_entries_as_for_few(alices, alice, order, order_for):
    few = statements(alices, PAGE)
    for _ in range(20):
        order_for(alice)
    many = statements(alices, PAGE)
    assert len(many) == len(few)
    assert len([each for each in many if "orders_order" in each]) == 1
    assert len(many) <= 7


def test_shows_the_balance_in_the_chosen_currency_beside_us_dollars(alices, alice, order):
    add_exchange_rate(currency="EUR", usd=Decimal("1.25"), actor=OPERATOR)
    prefer(account_id=alice.id, display_currency="EUR")
    text = alices.get(PAGE).text
    assert "$121.96" in text
    assert "≈ 97.57 EUR" in text
    assert "Everything is paid in US dollars" in text


def test_an_empty_wallet_says_what_will_stand_there(client, person):
    client.force_login(person("carol", deposit="0").user)
    assert "Nothing has moved yet: deposits, orders and refunds will stand here." in client.get(PAGE).text


def test_lists_the_latest_deposits_by_their_references(alices, alice):
    Tier.objects.filter(deposits_from__gt=0).delete()
    for number in range(6):
        deposit(account_id=alice.id, amount=Decimal(number + 1), reference=f"bank-{number}", actor=OPERATOR)
    page = alices.get(PAGE).text.partition('class="deposits"')[2].partition("</ul>")[0]
    assert re.findall(r"bank-\d|\$[\d.]+", page) == [
        *("bank-5", "$6.00", "bank-4", "$5.00", "bank-3", "$4.00", "bank-2", "$3.00", "bank-1", "$2.00")
    ]


def test_shows_how_to_deposit_as_the_operator_wrote_it(alices):
    assert "How to deposit" in alices.get(PAGE).text
