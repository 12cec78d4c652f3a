"""The statement as CSV is the statement, whatever its size."""

import csv
import io
from decimal import Decimal

import pytest

from dashboard.pages.wallet import export
from tests.dashboard.wallet.conftest import OPERATOR, PAGE
from wallets.models import Entry
from wallets.operations import adjust

pytestmark = pytest.mark.django_db
CSV = f"{PAGE}.csv"


def rows(browser, **asked):
    answer = browser.get(CSV, asked)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.streaming
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode().removeprefix("\ufeff"), newline="")))


def test_holds_every_entry_with_its_exact_amounts(alices, alice, order):
    told = rows(alices)
    entries = Entry.objects.filter(wallet_id=alice.id).order_by("-seq")
    assert [
        (int(each["number"]), Decimal(each["amount_usd"]), Decimal(each["balance_after_usd"])) for each in told
    ] == [(each.seq, each.amount, each.balance_after) for each in entries]
    assert [(each["kind"], each["order"], each["about"]) for each in told[:4]] == [
        ("adjustments", "", "a double payout"),
        ("deposits", "", "bank-7"),
        ("refunds", order.shown_id, ""),
        ("sales", order.shown_id, ""),
    ]
    assert told[0]["at"] == f"{entries[0].at:%Y-%m-%d %H:%M:%S}"
    assert (told[2]["amount_usd"], told[3]["amount_usd"]) == ("0.36", "-0.90")


def test_is_narrowed_down_as_the_page_is(alices, order):
    assert [each["kind"] for each in rows(alices, q=order.shown_id)] == ["refunds", "sales"]
    assert [each["kind"] for each in rows(alices, kind="refunds")] == ["refunds"]


def test_goes_on_beyond_what_is_looked_up_at_once(alices, alice, order, order_for, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 2)
    second = order_for(alice)
    assert [each["order"] for each in rows(alices)] == [second.shown_id, "", "", order.shown_id, order.shown_id, ""]


def test_is_of_ones_own_wallet(bobs, order):
    assert [each["kind"] for each in rows(bobs)] == ["deposits"]
    assert rows(bobs, q=order.shown_id) == []


def test_a_reason_is_no_formula_of_a_spreadsheet(alices, alice):
    adjust(account_id=alice.id, amount=Decimal(1), reference="x", actor=OPERATOR, reason='=1+1,"\n')
    about = rows(alices)[0]["about"]
    assert not about.startswith("=")
    assert "1+1" in about


def test_what_cannot_be_asked_for_is_said_on_the_page(alices):
    answer = alices.get(CSV, {"since": "yesterday"})
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?since=yesterday")


def test_asks_who_it_is(client, order):
    assert client.get(CSV).status_code == 302
