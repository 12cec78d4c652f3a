"""What a newcomer does with a running panel: the reseller buys, and the operator's statement says the same."""

import re
from decimal import Decimal

import pytest

WALLETS = "/admin/wallets/wallet/"
pytestmark = pytest.mark.xdist_group("whole panels")

# Of the demo provider's catalogue with the markup it is imported with: service, quantity, and to the eighth decimal
# what is charged, what it ends as and what is kept.
PURCHASES = [
    ("Photo likes, fast", 100, "completed", "0.135", "0.135"),
    ("Web site visits", 501, "completed", "0.31750875", "0.31750875"),
    ("Delivers 60 % and ends as partial", 777, "partial", "0.58275", "0.3495"),
]


@pytest.mark.parametrize(("name", "quantity", "ends_as", "charge", "kept"), PURCHASES)
def test_what_a_reseller_bought_stands_in_the_statement_to_the_eighth_decimal(
    reseller, operator, name, quantity, ends_as, charge, kept
):
    before = Decimal(reseller.balance())
    services = {row["name"]: row for row in reseller.ask(action="services")}
    assert Decimal(services[name]["rate"]) * quantity / 1000 == Decimal(charge)
    order = reseller.ask(
        action="add",
        service=services[name]["service"],
        link="https://example.com/p/1",
        quantity=quantity,
        request_id=f"transcript {name}",
    )["order"]
    assert Decimal(reseller.balance()) == before - Decimal(charge)
    ended = reseller.wait_for(order, ends_as)
    assert Decimal(ended["charge"]) == Decimal(kept)
    after = Decimal(reseller.balance())
    assert after == before - Decimal(kept)
    statement = statement_of("reseller@panel.example", operator)
    print("statement: amount, balance after", *(f"  {amount:+} {after}" for amount, after in statement), sep="\n")
    expected = [-Decimal(charge)] + ([Decimal(charge) - Decimal(kept)] if kept != charge else [])
    assert [amount for amount, _ in statement[-len(expected) :]] == expected
    assert statement[-1][1] == after
    assert sum(amount for amount, _ in statement) == after


def test_the_first_service_is_what_a_newcomer_expects(reseller):
    (first,) = (row for row in reseller.ask(action="services") if row["service"] == 1)
    assert first["type"] == "Default"
    assert int(first["min"]) <= 100
    assert int(first["max"]) >= 10_000


def statement_of(email, operator):
    """The entries of a wallet as the admin shows them, the oldest first: each amount, and the balance after it."""
    (wallet,) = set(re.findall(r'href="(/admin/wallets/wallet/\d+/change/)', operator.page(f"{WALLETS}?q={email}")))
    rows = operator.tables(wallet)
    head = next(row for row in rows if "Balance after" in row)
    amount, after = head.index("Amount, USD"), head.index("Balance after")
    shown = rows[rows.index(head) + 1 :]
    return [(Decimal(row[amount]), Decimal(row[after])) for row in reversed(shown) if len(row) == len(head)]
