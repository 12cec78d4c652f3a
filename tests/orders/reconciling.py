"""The provider's balance against our costs there: what is explained, what drifts, and that the operator is told."""

import io
import json
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from alerts.queries import lasting
from events.models import Event
from kit import clock
from orders import tasks
from orders.models import Purchase, Reconciliation, Topup
from orders.operations.reconciling import TopupRefused, note_topup, reconcile
from providers.operations import pause
from tests.breaking import refused_by
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
A_DAY = {"hours": 25}


def looked(upstream) -> Reconciliation:
    (done,) = reconcile([upstream])
    assert done.row is not None, done.problem
    return Reconciliation.objects.get(pk=done.row.pk)


def told() -> list[str]:
    return [each.text for each in lasting().filter(kind="provider.drift")]


@pytest.fixture
def bought(order_of, buy, demo, upstream):
    """Buy so many at the demo provider; return what that costs there by our books."""

    def order(quantity: int = 1000, **fields) -> Decimal:
        purchase = order_of(quantity, **fields).purchases.get()
        buy()
        purchase.refresh_from_db()
        assert purchase.state == "placed"
        theirs = next(each for each in demo.orders() if str(each["order"]) == purchase.provider_order_id)
        Purchase.objects.filter(pk=purchase.pk).update(cost=Decimal(str(theirs["charge"])))
        return Decimal(str(theirs["charge"]))

    return order


def test_the_first_look_compares_nothing(upstream, bought, time):
    cost = bought()
    row = looked(upstream)
    assert [row.cost, row.spent, row.drift, row.unknown] == [cost, 0, 0, 0]
    assert row.balance > 0
    assert told() == []


def test_drift_of_a_paused_provider_is_kept_and_not_told(upstream, time):
    first = looked(upstream)
    Reconciliation.objects.update(balance=first.balance + 50)
    pause(provider_id=upstream.pk)
    upstream.refresh_from_db()
    time.move(**A_DAY)
    assert looked(upstream).drift == 50
    assert told() == []


def test_what_our_orders_cost_explains_what_the_balance_fell(upstream, sell, bought, time):
    service = sell(at=upstream)
    first = looked(upstream)
    time.move(minutes=1)
    cost = bought(10_000, service=service)
    time.move(**A_DAY)
    row = looked(upstream)
    assert (first.balance - row.balance, row.spent) == (cost, cost)
    assert row.drift == 0
    assert told() == []


def test_money_that_nothing_explains_is_told_once_and_cleared_when_it_is_over(upstream, sell, bought, time):
    looked(upstream)
    Reconciliation.objects.update(balance=Decimal("100000000"))  # so much was there, and is gone
    time.move(**A_DAY)
    row = looked(upstream)
    assert row.drift == Decimal(100_000_000) - row.balance
    (text,) = told()
    assert text.startswith("Demo: until ")
    assert "more than our orders and your top-ups explain" in text
    alert = Alert.objects.get()
    assert (alert.subject_id, alert.path) == (upstream.pk, f"/admin/orders/reconciliation/{row.pk}/change/")

    time.move(**A_DAY)
    assert looked(upstream).drift == 0
    assert told() == []
    Reconciliation.objects.filter(at=Reconciliation.objects.latest("at").at).update(balance=Decimal(1))
    time.move(**A_DAY)
    assert looked(upstream).drift < 0
    assert "less than our orders and your top-ups explain" in told()[0]
    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("fell", "alerted"), [("1.00", False), ("1.01", True), ("-1.00", False), ("-1.01", True), ("0.01", False)]
)
def test_less_than_a_unit_is_not_worth_a_mail(upstream, time, fell, alerted):
    first = looked(upstream)
    Reconciliation.objects.update(balance=first.balance + Decimal(fell))
    time.move(**A_DAY)
    assert looked(upstream).drift == Decimal(fell)
    assert bool(told()) == alerted


def test_less_than_a_hundredth_of_what_was_spent_is_not_worth_a_mail(upstream, order_of, buy, time):
    order_of()
    first = looked(upstream)
    time.move(minutes=1)
    buy()
    time.move(**A_DAY)
    Purchase.objects.update(cost=Decimal(200))
    spent = first.balance - Decimal(str(looked(upstream).balance))
    Reconciliation.objects.exclude(pk=first.pk).delete()
    Alert.objects.all().delete()
    for drift, alerted in ((Decimal("1.99"), False), (Decimal("2.01"), True)):
        Reconciliation.objects.filter(pk=first.pk).update(balance=first.balance - spent + 200 + drift)
        row = looked(upstream)
        assert row.drift == drift
        assert bool(told()) == alerted
        row.delete()


def test_unknown_purchases_stand_apart(upstream, order_of, buy, demo, time):
    demo.control(next=["html_after_placing"])
    order_of()
    buy()
    Purchase.objects.update(cost=Decimal("0.50"))
    row = looked(upstream)
    assert [row.cost, row.unknown] == [0, Decimal("0.50")]


def test_a_purchase_whose_cost_nobody_noted_counts_as_nothing(upstream, bought, time):
    bought()
    Purchase.objects.update(cost=None)
    assert looked(upstream).cost == 0


@pytest.mark.parametrize(
    ("state", "there", "counts"),
    [
        ("withdrawn", "7", True),
        ("withdrawn", None, False),
        ("refused", None, False),
        ("done", "7", True),
        ("queued", None, False),
    ],
)
def test_what_counts_is_what_stands_there(upstream, order_of, state, there, counts):
    order_of()
    Purchase.objects.update(state=state, provider_order_id=there, cost=Decimal(3), claimed_at=clock.now())
    assert looked(upstream).cost == (3 if counts else 0)


def test_what_is_sent_after_the_question_is_the_next_looks(upstream, bought, time):
    bought()
    Purchase.objects.update(claimed_at=clock.now() + timedelta(seconds=1))
    assert looked(upstream).cost == 0
    time.move(**A_DAY)
    assert looked(upstream).cost > 0


def test_another_currency_begins_anew(upstream, time):
    looked(upstream)
    Reconciliation.objects.update(currency="EUR", balance=Decimal(1))
    time.move(**A_DAY)
    assert looked(upstream).drift == 0


def test_a_topup_that_is_noted_late_is_not_counted_at_a_look_that_compared_nothing(upstream, time):
    looked(upstream)
    time.move(**A_DAY)
    Reconciliation.objects.filter(pk=looked(upstream).pk).update(currency="EUR")
    paid_at = clock.now() + timedelta(hours=1)
    time.move(**A_DAY)
    back = looked(upstream)  # USD, EUR, USD
    assert (back.currency, back.drift) == ("USD", Decimal(0))

    note_topup(provider_id=upstream.pk, amount=Decimal(100), reference="wire 1", paid_at=paid_at)

    back.refresh_from_db()
    assert [back.topped_up, back.drift] == [0, 0]
    assert told() == []


def test_a_topup_explains_a_balance_that_rose(upstream, time):
    first = looked(upstream)
    Reconciliation.objects.update(balance=first.balance - 50)
    time.move(hours=1)
    note_topup(provider_id=upstream.pk, amount=Decimal(50), reference="wire 1", actor="bob@panel.example")
    time.move(**A_DAY)
    row = looked(upstream)
    assert [row.topped_up, row.drift] == [50, 0]
    event = Event.objects.get(kind="provider.topped_up")
    assert (event.subject_id, event.actor, event.data["amount"]) == (upstream.pk, "bob@panel.example", "50.00")
    time.move(**A_DAY)
    assert looked(upstream).topped_up == 0


def test_a_topup_that_is_noted_late_explains_the_look_it_belongs_to_and_ends_the_alert(upstream, time):
    first = looked(upstream)
    Reconciliation.objects.update(balance=first.balance - 50)
    paid_at = clock.now() + timedelta(hours=1)
    time.move(**A_DAY)
    drifted = looked(upstream)
    assert drifted.drift == -50
    assert len(told()) == 1
    note_topup(provider_id=upstream.pk, amount=Decimal(50), reference="wire 1", paid_at=paid_at)
    drifted.refresh_from_db()
    assert [drifted.topped_up, drifted.drift] == [50, 0]
    assert told() == []
    time.move(**A_DAY)
    assert looked(upstream).topped_up == 0


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"amount": Decimal(0), "reference": "a"}, "say how much was paid in"),
        ({"amount": Decimal("0.000000001"), "reference": "a"}, "say how much was paid in"),
        ({"amount": Decimal(10) ** 13, "reference": "a"}, "say how much was paid in"),
        ({"amount": Decimal(1), "reference": "  "}, "give the payment's reference"),
        ({"amount": Decimal(1), "reference": "x" * 129}, "give the payment's reference"),
        ({"amount": Decimal(1), "reference": "used"}, "is noted already"),
    ],
)
def test_refuses_a_topup_that_says_nothing_or_is_noted_already(upstream, given, why):
    note_topup(provider_id=upstream.pk, amount=Decimal(5), reference="used")
    with pytest.raises(TopupRefused, match=why):
        note_topup(provider_id=upstream.pk, **given)
    assert Topup.objects.count() == Event.objects.filter(kind="provider.topped_up").count() == 1


def test_refuses_a_topup_that_is_still_to_come(upstream):
    with pytest.raises(TopupRefused, match="still to come"):
        note_topup(
            provider_id=upstream.pk, amount=Decimal(1), reference="a", paid_at=clock.now() + timedelta(minutes=1)
        )
    assert not Topup.objects.exists()


def test_one_reference_noted_by_eight_at_once_is_noted_once(upstream):
    call = partial(note_topup, provider_id=upstream.pk, amount=Decimal(5), reference="wire 1")
    assert sorted(type(each).__name__ for each in at_once(*[call] * 8)) == ["Topup"] + ["TopupRefused"] * 7
    assert Topup.objects.count() == 1


def test_the_database_holds_the_rules_too(upstream):
    fields = {"provider": upstream, "paid_at": clock.now()}
    Topup.objects.create(amount=1, reference="a", **fields)
    with refused_by("topup_unique_reference"):
        Topup.objects.create(amount=1, reference="a", **fields)
    with refused_by("topup_moves_money"):
        Topup.objects.create(amount=0, reference="b", **fields)
    with refused_by("topup_has_a_reference"):
        Topup.objects.create(amount=1, reference="", **fields)
    row = looked(upstream)
    with refused_by("reconciliation_once_per_moment"):
        Reconciliation.objects.create(provider=upstream, at=row.at, balance=1, cost=1)


def test_the_clock_looks_once_a_day(upstream, provider, time):
    provider.active = False
    provider.save()
    assert tasks.reconcile() == 1
    time.move(hours=23)
    assert tasks.reconcile() == 0
    time.move(hours=2)
    assert tasks.reconcile() == 1
    assert set(Reconciliation.objects.values_list("provider__name", flat=True)) == {"Demo"}


def test_a_provider_that_does_not_say_its_balance_is_asked_again(provider):
    (done,) = reconcile([provider])
    assert done.row is None
    assert "cannot be reached" in done.problem
    assert not Reconciliation.objects.exists()


def commanded(*args):
    out = io.StringIO()
    code: object = 0
    try:
        call_command("reconcile", *args, json=True, stdout=out)
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue())


def test_the_command_prints_every_provider_and_exits_with_1_where_one_is_not_explained(upstream, time):
    code, answer = commanded()
    assert (code, answer["well"]) == (0, True)
    (demo,) = answer["providers"]
    assert (demo["name"], demo["drift"], demo["explained"]) == ("Demo", "0.00", True)
    Reconciliation.objects.update(balance=Decimal("100000000"))
    time.move(**A_DAY)
    code, answer = commanded("Demo")
    assert (code, answer["well"]) == (1, False)
    assert answer["providers"][0]["explained"] is False


def test_the_command_says_what_it_does_not_know(upstream, capsys):
    with pytest.raises(CommandError, match="there is no provider named 'Nobody'"):
        call_command("reconcile", "Nobody")
    call_command("reconcile", "Demo")
    assert "Demo: balance " in capsys.readouterr().out
