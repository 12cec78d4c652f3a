"""A sync and money: prices that move, jump or make a loss, exchange rates, and what is switched off and on by them."""

from decimal import Decimal

import pytest

from catalog.models import Source, SyncChange
from catalog.operations import add_exchange_rate, add_price_rule, change_exchange_rate, change_service, change_source
from catalog.operations.syncing import SyncRefused
from events.models import Event
from tests.catalog.conftest import alerts_open, diff, row, usd

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _imported(run):
    run(markup="50")


@pytest.mark.parametrize(
    ("price", "percent", "rate"), [("1.035", "15.00", "1.5525"), ("0.72", "-20.00", "1.08")], ids=["+15 %", "-20 %"]
)
def test_a_small_move_of_a_price_is_taken_over_and_the_rate_follows(sync, catalogue, sold, price, percent, rate):
    catalogue.rows[0] = row(1, rate=price)

    assert diff(sync()) == [("1", "cost", usd("0.90"), usd(price), Decimal(percent), "applied")]

    assert (sold("1").rate, sold("1").sources.get().cost) == (Decimal(rate), Decimal(price))
    assert alerts_open() == {}


def test_a_jump_of_a_price_is_held_back_and_the_service_sells_on_where_that_is_no_loss(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.26")

    assert diff(sync()) == [("1", "cost", usd("0.90"), usd("1.26"), Decimal("40.00"), "quarantined")]

    source = sold("1").sources.get()
    assert (sold("1").rate, source.cost, source.active) == (Decimal("1.35"), Decimal("0.90"), True)
    assert alerts_open() == {"sync.quarantined": "Seller: 1 price is held back. Approve or refuse them."}


def test_a_jump_above_what_the_service_sells_for_switches_its_source_off(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.40")

    synced = sync()

    source = sold("1").sources.get()
    assert synced.counts() == {"applied": 0, "proposed": 0, "quarantined": 1, "switched_off": 1, "switched_on": 0}
    assert (source.active, source.off_because, source.cost) == (False, "price", Decimal("0.90"))
    assert (sold("1").rate, sold("1").active) == (Decimal("1.35"), True)
    event = Event.objects.get(kind="source.switched_off")
    assert (event.subject, event.subject_id, event.actor) == ("source", source.pk, "the clock")
    assert event.data == {"because": "sold below the margin floor", "rate": "1.35", "cost": "1.40"}
    assert set(alerts_open()) == {"sync.quarantined", "sync.switched_off"}


def test_it_is_on_again_when_the_price_is_back(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.40")
    sync()
    catalogue.rows[0] = row(1)

    synced = sync()

    assert [each.source.remote_id for each in synced.on] == ["1"]
    assert sold("1").sources.get().active
    assert SyncChange.objects.get().state == "withdrawn"
    assert Event.objects.filter(kind="source.switched_on").count() == 1
    assert alerts_open() == {}


def test_a_fixed_price_below_the_margin_floor_switches_the_source_off_until_it_is_raised(
    sync, catalogue, sold, settings
):
    settings.MARGIN_FLOOR = Decimal(10)
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.00"))
    catalogue.rows[0] = row(1, rate="0.95")

    found = diff(sync())

    source = sold("1").sources.get()
    assert found == [("1", "cost", usd("0.90"), usd("0.95"), Decimal("5.56"), "applied")]
    assert (source.active, source.off_because, source.cost) == (False, "price", Decimal("0.95"))
    assert sold("1").rate == Decimal("1.00")

    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.10"))
    sync()
    assert (sold("1").rate, sold("1").sources.get().active) == (Decimal("1.10"), True)
    assert alerts_open() == {}


def test_a_loss_that_the_operator_has_chosen_himself_is_left_alone(sync, sold):
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("0.10"))
    assert sync().off == []
    assert sold("1").sources.get().active


def test_what_the_operator_switches_on_again_stays_on_until_the_price_moves(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.40")
    sync()
    source = sold("1").sources.get()
    change_source(source_id=source.pk, actor="bob", active=True)
    sync()
    source.refresh_from_db()
    assert (source.active, source.off_because) == (True, "")

    catalogue.rows[0] = row(1, rate="1.50")
    sync()
    source.refresh_from_db()
    assert (source.active, source.off_because) == (False, "price")


def test_another_source_goes_on_selling_at_its_own_price(sync, catalogue, sold, provider):
    other = Source.objects.create(service=sold("1"), provider=provider, remote_id="x", priority=2, cost=Decimal("1.00"))
    catalogue.rows[0] = row(1, rate="1.40")

    sync()

    assert list(sold("1").sources.filter(active=True)) == [other]
    assert sold("1").rate == Decimal("1.50")


def test_a_second_source_that_would_lose_goes_off_with_the_first(sync, catalogue, sold, provider):
    Source.objects.create(service=sold("1"), provider=provider, remote_id="x", priority=2, cost=Decimal("1.36"))
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.35"))
    catalogue.rows[0] = row(1, rate="1.40")

    assert [each.source.remote_id for each in sync().off] == ["1", "x"]

    assert list(Source.objects.filter(service__name="Likes 1").values_list("active", flat=True)) == [False, False]


def test_a_cost_that_the_operator_has_entered_is_believed(sync, catalogue, sold):
    source = sold("1").sources.get()
    change_source(source_id=source.pk, actor="bob", cost=Decimal("0.50"))
    catalogue.rows[0] = row(1, rate="5.00")

    synced = sync()

    source.refresh_from_db()
    assert (synced.changes, [each.fields for each in synced.kept]) == ([], [("cost",)])
    assert (source.cost, source.active) == (Decimal("0.50"), True)


def test_another_currency_is_a_move_of_the_price_in_usd(sync, catalogue, sold, seller):
    seller.currency = "EUR"
    with pytest.raises(SyncRefused, match=r"^Seller charges in EUR, and nobody has said what that is worth: enter "):
        sync()
    assert set(alerts_open()) == {"sync.refused"}

    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    found = diff(sync())

    now = {"rate": "0.90", "currency": "EUR"}
    assert ("1", "cost", usd("0.90"), now, Decimal("10.00"), "applied") in found
    source = sold("1").sources.get()
    assert (source.cost, source.currency, sold("1").rate) == (Decimal("0.90"), "EUR", Decimal("1.485"))
    assert alerts_open() == {}


def test_an_exchange_rate_that_makes_a_fixed_price_a_loss_switches_the_source_off_at_once(sync, sold, seller):
    seller.currency = "EUR"
    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    sync()
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.00"))
    assert sync().off == []

    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.20"))

    source = sold("1").sources.get()
    assert (source.active, source.off_because, sold("2").sources.get().active) == (False, "price", True)
    event = Event.objects.get(kind="source.switched_off")
    assert (event.actor, event.data) == (
        "bob",
        {"because": "sold below the margin floor", "rate": "1.00", "cost": "1.08"},
    )
    assert set(alerts_open()) == {"sync.switched_off"}

    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.05"))
    assert sold("1").sources.get().active
    assert alerts_open() == {}


def test_what_is_switched_on_again_after_an_exchange_rate_moved_stays_on(sync, sold, seller):
    seller.currency = "EUR"
    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    sync()
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.00"))
    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.20"))
    change_source(source_id=sold("1").sources.get().pk, actor="bob", active=True)

    assert sync().off == []
    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.20"))  # the same: nothing moved

    assert sold("1").sources.get().active


def test_an_exchange_rate_that_makes_the_first_source_a_loss_leaves_the_second_to_sell_at_its_price(
    sync, sold, seller, provider
):
    seller.currency = "EUR"
    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    sync()
    add_price_rule(actor="bob", provider=provider, mode="markup", value=Decimal(50))
    change_service(service_id=sold("1").pk, actor="bob", pricing_mode="")
    second = Source.objects.create(
        service=sold("1"), provider=provider, remote_id="x", priority=2, cost=Decimal("1.20")
    )

    change_exchange_rate(actor="bob", currency="EUR", usd=Decimal(2))

    assert list(sold("1").sources.filter(active=True)) == [second]
    assert sold("1").rate == Decimal("1.80")


def test_a_price_of_nothing_is_held_back(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="0")
    assert diff(sync()) == [("1", "cost", usd("0.90"), usd("0.00"), None, "quarantined")]
    assert (sold("1").rate, sold("1").sources.get().cost) == (Decimal("1.35"), Decimal("0.90"))


@pytest.mark.parametrize(("cost", "currency", "rate"), [("1.00", "EUR", "1.50"), ("1.00", "USD", "0")])
def test_a_source_attached_by_hand_takes_neither_another_currency_nor_a_price_of_nothing(
    sync, catalogue, seller, service, cost, currency, rate
):
    add_exchange_rate(currency="EUR", usd=Decimal("1.50"), actor="bob")
    by_hand = Source.objects.create(
        service=service, provider=seller, remote_id="9", cost=Decimal(cost), currency=currency, priority=5
    )
    catalogue.rows.append(row(9, rate=rate))
    for _ in range(2):
        assert [each[5] for each in diff(sync()) if each[0] == "9"] == ["quarantined"]
        by_hand.refresh_from_db()
        assert (by_hand.cost, by_hand.currency) == (Decimal(cost), currency)
    assert "sync.quarantined" in alerts_open()
    catalogue.rows[-1] = row(9, rate="0.95")
    sync()
    by_hand.refresh_from_db()
    assert by_hand.cost == (Decimal("0.95") if currency == "USD" else Decimal(cost))


def test_a_price_that_is_held_back_is_judged_again_when_the_first_source_gets_cheaper(sync, catalogue, seller, sold):
    second = Source.objects.create(
        service=sold("1"), provider=seller, remote_id="9", cost=Decimal("0.95"), currency="USD", priority=2
    )
    catalogue.rows.append(row(9, rate="0.95"))
    sync()
    catalogue.rows[-1] = row(9, rate="1.30")  # +37 %, held back; 1.35 still covers it
    sync()
    second.refresh_from_db()
    assert (second.active, second.cost) == (True, Decimal("0.95"))
    catalogue.rows[0] = row(1, rate="0.75")  # now all is sold at 1.125, and failover would believe 0.95
    sync()
    second.refresh_from_db()
    assert (second.active, second.off_because) == (False, "price")
