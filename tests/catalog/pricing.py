"""What an account pays: pure functions, tried with any tier, any personal price and any quantity."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as some

from catalog.models import ONE_PRICE, ServiceType
from catalog.pricing import Basis, Cost, Deal, NoPrice, Off, Rule, base_rate, below_floor, explained

EIGHT = Decimal("0.00000001")
money = some.decimals(0, 100_000, places=8)
percent = some.decimals(0, 100, places=2)
types = some.sampled_from(ServiceType.values)
percents_off = some.builds(Off, some.just("X"), percent, some.none())
amounts_off = some.builds(Off, some.just("X"), some.none(), money)
deals = some.builds(Deal, percent, some.none() | money, percent)


def exact(amount: Decimal) -> Decimal:
    """Round half up to eight decimals, by Python's own means and with room to spare."""
    with localcontext(prec=100):
        return amount.quantize(EIGHT, rounding=ROUND_HALF_UP)


@given(types, money, deals, some.integers(1, 2**31 - 1))
def test_the_charge_is_always_the_rate_that_is_shown_times_the_quantity(kind, rate, deal, quantity):
    shown = deal.rate(rate)
    price = explained(service_type=kind, rate=rate, deal=deal, quantity=quantity)
    with localcontext(prec=100):
        due = shown * quantity / (1 if kind in ONE_PRICE else 1000)
    assert (price.rate, price.charge) == (shown, exact(due))
    assert Decimal(price.steps[-1]["amount"]) == price.charge


@given(money, deals)
def test_the_larger_of_two_discounts_counts_and_a_personal_price_in_place_of_both(rate, deal):
    paid = deal.rate(rate)
    if deal.personal_rate is not None:
        assert paid == deal.personal_rate
    else:
        with localcontext(prec=100):
            alone = [exact(rate * (100 - each) / 100) for each in (deal.tier_percent, deal.personal_percent)]
        assert paid == min(alone)


@given(
    money, some.builds(Off, some.just("X"), percent, some.none()) | some.builds(Off, some.just("X"), some.none(), money)
)
def test_a_coupon_never_takes_more_than_the_charge_and_comes_last(rate, off):
    price = explained(service_type="Default", rate=rate, deal=Deal(), quantity=1000)
    with_it = price.with_coupon(off)
    assert 0 <= with_it.charge <= price.charge
    assert with_it.rate == price.rate
    assert with_it.steps[:-1] == price.steps
    assert with_it.steps[-1]["step"] == "coupon"


@pytest.mark.parametrize(
    ("mode", "value", "cost", "rate"),
    [
        ("markup", "20", "0.5", "0.6"),
        ("markup", "0", "0.5", "0.5"),
        ("markup", "33.33", "0.00000001", "0.00000001"),
        ("markup", "50", "0.00000001", "0.00000002"),
        ("amount", "0.25", "0.5", "0.75"),
        ("amount", "0.25", "0", "0.25"),
    ],
)
def test_a_rate_is_the_cost_and_a_markup_or_an_amount(mode, value, cost, rate):
    assert base_rate(mode, Decimal(value), Decimal(cost)) == Decimal(rate)


@pytest.mark.parametrize(
    ("mode", "value", "cost", "message"),
    [
        ("markup", "20", "0", "its cost is 0, and so would be its rate: give it a fixed rate"),
        ("amount", "0", "0", "its cost is 0, and so would be its rate: give it a fixed rate"),
        (
            "markup",
            "100",
            "500000000000",
            "its rate would be 1000000000000.00 USD, which is no price",
        ),
    ],
)
def test_makes_no_rate_that_sells_for_nothing_or_cannot_be_kept(mode, value, cost, message):
    with pytest.raises(NoPrice, match=message):
        base_rate(mode, Decimal(value), Decimal(cost))


@pytest.mark.parametrize(
    ("rate", "floor", "below"),
    [("0.49999999", 0, True), ("0.5", 0, False), ("0.62499999", 20, True), ("0.625", 20, False)],
)
def test_the_floor_is_a_percentage_of_the_rate(rate, floor, below):
    assert below_floor(Decimal(rate), Decimal("0.5"), Decimal(floor)) is below


def test_every_step_has_a_name_a_sentence_and_the_amount_after_it():
    cost = Cost(Decimal("0.45"), "EUR", Decimal("1.1"), "Demo")
    basis = Basis(cost, Rule("markup", Decimal(20), "the category Likes's"))
    price = explained(
        service_type="Default",
        rate=Decimal("0.594"),
        deal=Deal(Decimal(5), None, Decimal(10)),
        quantity=1500,
        basis=basis,
    ).with_coupon(Off("HALF", Decimal(50), None))
    assert [(each["step"], each["text"], each["amount"]) for each in price.steps] == [
        ("cost", "Demo takes 0.45 EUR per 1000.", "0.45"),
        ("exchange", "1 EUR is 1.10 USD by the operator's exchange rate.", "0.495"),
        ("markup", "20 % on the cost, by the category Likes's rule.", "0.594"),
        ("personal discount", "10 % off for this account.", "0.5346"),
        ("quantity", "1500 at 0.5346 USD per 1000, rounded to 8 decimals.", "0.8019"),
        ("coupon", "The coupon HALF takes 50 % off.", "0.40095"),
    ]


@pytest.mark.parametrize(
    ("deal", "step", "sentence", "amount"),
    [
        (Deal(), "no discount", "Neither the account nor its tier has a discount.", "2.00"),
        (Deal(Decimal("2.50")), "tier's discount", "2.5 % off for the account's tier.", "1.95"),
        (Deal(Decimal(50), Decimal(3)), "personal price", "The account's own price, in place of its tier's.", "3.00"),
    ],
)
def test_says_whose_price_it_is(deal, step, sentence, amount):
    (told,) = explained(service_type="Package", rate=Decimal(2), deal=deal, quantity=1).steps[1:2]
    assert told == {"step": step, "text": sentence, "amount": amount}


def test_a_rate_that_no_longer_follows_from_its_cost_says_so():
    basis = Basis(Cost(Decimal(1), "EUR", None, "Demo"), Rule("amount", Decimal(1), "the service's own"))
    steps = explained(service_type="Package", rate=Decimal(2), deal=Deal(), quantity=3, basis=basis).steps
    assert [each["step"] for each in steps] == ["cost", "rate", "no discount", "quantity"]
    assert steps[1]["text"] == (
        "The service's rate as it stood: what the cost would make of it now is another one, or none."
    )
    with pytest.raises(NoPrice, match="its cost is in EUR: set the exchange rate of EUR to price it"):
        basis.rate()
