"""The overview's figures, the tier, the latest orders, and what a new account does first."""

from decimal import Decimal
from html import unescape

import pytest

from accounts.models import Tier
from accounts.operations import deposit, issue_key, pin_tier, revoke_key
from kit import clock
from orders.models import Order
from tests.dashboard.counting import statements
from tests.dashboard.wallet.conftest import OPERATOR, order_for
from tests.webhooks.conftest import listen, locally

pytestmark = pytest.mark.django_db
__all__ = ["listen", "locally", "order_for"]
PAGE = "/dashboard"


@pytest.fixture
def carol(person, client):
    """A browser that carol is logged in with, whose account is a minute old."""
    made = person("carol", deposit="0")
    for key in made.user.api_keys.all():
        revoke_key(key_id=key.pk)
        key.delete()
    client.force_login(made.user)
    client.carol = made
    return client


def steps(browser):
    return [(step.text, step.done) for step in browser.get(PAGE).context["steps"]]


def text(browser):
    return " ".join(unescape(browser.get(PAGE).text).split())


def test_a_new_account_is_told_what_to_do_first_and_not_that_its_balance_is_low(carol):
    assert steps(carol) == [("Deposit", False), ("Make an API key", False), ("Place an order", False)]
    assert "Your balance is below" not in text(carol)
    assert "Read how programs order" in text(carol)
    assert "No order yet." in text(carol)


def test_steps_are_ticked_off_and_gone_when_all_are_done(carol, order_for):
    deposit(account_id=carol.carol.id, amount=Decimal(5), reference="first", actor=OPERATOR)
    issue_key(account_id=carol.carol.id)
    assert steps(carol) == [("Deposit", True), ("Make an API key", True), ("Place an order", False)]
    order_for(carol.carol)
    assert steps(carol) == []
    assert "First steps" not in text(carol)


def test_shows_the_latest_ten_orders_and_how_many_are_open(alices, alice, bob, order_for):
    theirs = order_for(bob)
    made = [order_for(alice) for _ in range(11)]
    Order.objects.filter(pk=made[3].pk).update(status="completed", ended_at=clock.now(), guard=None)
    answer = alices.get(PAGE)
    assert [row.number for row in answer.context["latest"]] == [each.pk for each in made[:0:-1]]
    assert f'href="/dashboard/orders/{made[10].shown_id}"' in answer.text
    assert answer.context["open"] == 10
    assert theirs.shown_id not in answer.text


def test_very_many_open_orders_are_said_to_be_so_many_or_more(alices, alice, order_for, monkeypatch):
    monkeypatch.setattr("orders.queries.MOST_COUNTED", 2)
    for _ in range(3):
        order_for(alice)
    assert '<p class="figure">2 or more</p>' in alices.get(PAGE).text


def test_says_what_the_next_tier_takes_and_gives(alices):
    Tier.objects.filter(name="Reseller").update(discount_percent=Decimal("2.50"))
    page = text(alices)
    assert '<p class="figure">Standard</p>' in page
    assert "200 over all keys" in page
    assert "<b>$400.00</b> of deposits to <b>Reseller</b>" in page
    assert "2.50 % discount, 1000 requests a minute" in page


def test_an_account_in_the_last_tier_has_none_to_reach(alices, alice):
    deposit(account_id=alice.id, amount=Decimal(5000), reference="a fortune", actor=OPERATOR)
    assert "This is the highest tier." in text(alices)
    assert "of deposits to" not in text(alices)


def test_deposits_do_not_move_who_is_pinned(alices, alice):
    pin_tier(account_id=alice.id, tier_id=Tier.objects.get(name="Standard").pk, pinned=True, actor=OPERATOR)
    page = text(alices)
    assert "The operator has put you into this tier: deposits do not move it." in page
    assert OPERATOR not in page


def test_a_limit_that_is_not_held_is_not_promised(alices, settings):
    settings.RATE_LIMIT_TIER = False
    assert "over all keys" not in text(alices)
    assert "requests a minute" not in text(alices)


def test_takes_as_many_statements_whatever_the_account_has(alices, alice, order_for, listen):
    order_for(alice)
    listen(alice)
    few = statements(alices, PAGE)
    for _ in range(12):
        order_for(alice)
    for _ in range(4):
        listen(alice)
    for _ in range(9):
        issue_key(account_id=alice.id)
    many = statements(alices, PAGE)
    assert len(many) == len(few) <= 11


def test_asks_who_it_is(client):
    assert client.get(PAGE).status_code == 302
