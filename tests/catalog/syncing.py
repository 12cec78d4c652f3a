"""Comparing a provider's list with what is bought there: what is applied at once, and what waits for the operator."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Service, Source, SyncChange
from catalog.operations import add_exchange_rate, add_price_rule, change_exchange_rate, change_service, change_source
from catalog.operations.syncing import SyncRefused, approve, rounds
from events.models import Event
from kit import stopping
from tests.catalog.conftest import alerts_open, diff, everything, row, usd

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _imported(run):
    run(markup="50")


def test_what_resellers_may_order_follows_the_provider_at_once(sync, catalogue, sold):
    catalogue.rows[0] = row(1, min=10, max=20, refill=False, cancel=True, dripfeed=False, average_time=7)

    found = diff(sync())

    assert found == [
        ("1", "min", 50, 10, None, "applied"),
        ("1", "max", 10_000, 20, None, "applied"),
        ("1", "refill", True, False, None, "applied"),
        ("1", "cancel", False, True, None, "applied"),
        ("1", "dripfeed", True, False, None, "applied"),
    ]
    service = sold("1")
    assert (service.min, service.max, service.refill, service.cancel, service.dripfeed) == (10, 20, False, True, False)
    assert service.average_time == 7
    assert [(each.actor, each.decided_at is None) for each in SyncChange.objects.all()] == [("the clock", False)] * 5


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


def test_a_name_waits_for_the_operator(sync, catalogue, sold):
    catalogue.rows[0] = row(1, name="Likes, faster")

    assert diff(sync()) == [("1", "name", "Likes 1", "Likes, faster", None, "proposed")]

    assert sold("1").name == "Likes 1"
    assert alerts_open() == {}


def test_an_edit_of_the_operators_is_never_touched(sync, catalogue, sold):
    change_service(service_id=sold("1").pk, actor="bob", name="Our own name", max=500, position=7, rate=Decimal(5))
    catalogue.rows[0] = row(1, name="Likes, faster", max=900, min=60, rate="1.00")

    synced = sync()

    assert [each.field for each in synced.changes] == ["min", "cost"]
    assert [each.fields for each in synced.kept] == [("max", "name")]
    service = sold("1")
    assert (service.name, service.max, service.position, service.rate) == ("Our own name", 500, 7, Decimal(5))
    assert service.min == 60


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


def test_an_id_that_stands_for_another_type_is_switched_off_at_once_and_on_when_it_is_back(sync, catalogue, sold):
    catalogue.rows[0] = row(1, type="Package", rate="3.00", min=1, max=1)

    assert diff(sync()) == [("1", "type", "Default", "Package", None, "quarantined")]

    service, source = sold("1"), sold("1").sources.get()
    assert (service.type, service.min, service.rate) == ("Default", 50, Decimal("1.35"))
    assert (source.active, source.off_because) == (False, "type")
    assert alerts_open() == {"sync.quarantined": "Seller: 1 change of type is held back. Approve or refuse them."}

    catalogue.rows[0] = row(1)
    sync()
    assert sold("1").sources.get().active
    assert SyncChange.objects.get().state == "withdrawn"
    assert alerts_open() == {}


def test_what_is_gone_is_switched_off_on_the_third_list_without_it_and_on_when_it_is_back(sync, catalogue, sold, later):
    del catalogue.rows[0]
    for _ in range(2):
        assert diff(sync()) == [("1", "gone", None, None, None, "proposed")]
        assert sold("1").sources.get().active
        later(hours=1)

    assert diff(sync()) == [("1", "gone", None, None, None, "applied")]

    assert (sold("1").sources.get().active, sold("1").active) == (False, True)
    assert SyncChange.objects.count() == 1
    assert diff(sync()) == []

    catalogue.rows.insert(0, row(1))
    assert diff(sync()) == [("1", "back", None, None, None, "applied")]
    assert sold("1").sources.get().active


@pytest.mark.parametrize(
    ("interval", "soon", "next_round"),
    [
        (3600, {"minutes": 53}, {"minutes": 1}),
        (600, {"minutes": 8}, {"minutes": 1}),
        (0, {"minutes": 53}, {"hours": 1}),
    ],
)
def test_lists_that_are_read_within_one_interval_count_as_one(
    sync, catalogue, sold, later, settings, interval, soon, next_round
):
    settings.SYNC_INTERVAL = interval
    del catalogue.rows[0]
    for _ in range(2):
        for _ in range(3):
            sync()
        later(**soon)
        assert diff(sync()) == [("1", "gone", None, None, None, "proposed")]
        assert sold("1").sources.get().active
        later(**next_round)
    assert diff(sync()) == [("1", "gone", None, None, None, "applied")]
    assert not sold("1").sources.get().active


def test_what_was_missing_once_and_is_listed_again_begins_anew(sync, catalogue, sold, later):
    listed = catalogue.rows
    for rows in (listed[1:], listed[1:], listed, listed[1:], listed[1:]):
        catalogue.rows = rows
        sync()
        later(hours=1)
    assert sold("1").sources.get().active
    assert list(SyncChange.objects.values_list("field", "state").order_by("id")) == [
        ("gone", "withdrawn"),
        ("gone", "proposed"),
    ]


def test_what_is_new_is_proposed_and_never_sold_by_itself(sync, catalogue):
    catalogue.rows += [row(3), row(4, type="Telepathy"), row(5, rate="0")]

    synced = sync()

    (change,) = synced.changes
    assert (change.remote_id, change.field, change.name, change.state) == ("3", "new", "Likes 3", "proposed")
    assert (change.new["rate"], change.new["currency"], change.new["category"]) == ("0.90", "USD", "Likes")
    assert {each.remote_id for each in synced.skipped} == {"4", "5"}
    assert Service.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [{"rate": "9.00"}, {"name": "Follows 3"}, {"type": "Poll"}, {"min": 1}, {"max": 60}],
    ids=lambda o: next(iter(o)),
)
def test_what_is_new_and_reads_otherwise_now_is_another_proposal(sync, catalogue, other):
    catalogue.rows.append(row(3))
    (read,) = sync().changes
    catalogue.rows[2] = row(3, **other)

    (now,) = sync().changes

    assert approve(change_ids=[read.pk], actor="bob").done == 0
    assert Service.objects.count() == 2
    assert list(SyncChange.objects.values_list("id", "state", "actor").order_by("id")) == [
        (read.pk, "withdrawn", "the clock"),
        (now.pk, "proposed", ""),
    ]


def test_what_is_new_and_reads_the_same_stays_the_same_proposal(sync, catalogue, sold):
    catalogue.rows.append(row(3))
    (read,) = sync().changes
    catalogue.rows[2] = row(3, rate="0.900", average_time=7)

    sync()

    assert approve(change_ids=[read.pk], actor="bob").done == 1
    assert sold("3").average_time == 7


def test_the_same_list_again_changes_nothing_and_writes_nothing_new(sync, catalogue):
    catalogue.rows = [row(1, name="Faster", rate="1.40", min=10), row(2, type="Poll"), row(3)]
    first = diff(sync())
    before = everything()

    again = sync()

    assert diff(again) == [each for each in first if each[-1] != "applied"]
    assert (again.off, again.on) == ([], [])
    after = everything()
    for each in (before, after):
        each[2] = [{name: value for name, value in source.items() if name != "seen_at"} for source in each[2]]
    assert after == before


def test_a_change_that_changes_again_is_another_one(sync, catalogue):
    catalogue.rows[0] = row(1, rate="1.26")
    sync()
    catalogue.rows[0] = row(1, rate="1.30")
    sync()
    assert list(SyncChange.objects.values_list("new__rate", "state").order_by("id")) == [
        ("1.26", "withdrawn"),
        ("1.30", "quarantined"),
    ]


def test_a_dry_run_shows_all_of_it_and_writes_nothing(sync, catalogue):
    catalogue.rows = [row(1, name="Faster", rate="1.40", min=10), row(2, type="Poll"), row(3)]
    before = everything()

    dry = sync(dry=True)

    assert everything() == before
    assert alerts_open() == {}
    assert diff(dry) == diff(sync())
    assert len(dry.off) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "Seller: The provider's list of services is empty."),
        ({"error": "Invalid API key"}, "Seller: The provider says: Invalid API key."),
        ("<html>", "Seller: The provider's list of services is not a list."),
        (
            [row(1, rate="cheap"), row(2, rate=None)],
            (
                "None of the 2 services that Seller lists can be read (Likes 1: the rate 'cheap' is no price; "
                "Likes 2: the rate '' is no price)."
            ),
        ),
    ],
    ids=["empty", "an error", "no list", "nothing readable"],
)
def test_a_list_that_is_empty_or_broken_changes_nothing_and_is_told(sync, catalogue, rows, message):
    before, good = everything(), catalogue.rows
    catalogue.rows = rows

    with pytest.raises(SyncRefused) as refused:
        sync()

    assert str(refused.value) == f"{message} Nothing was changed."
    assert everything() == before
    assert alerts_open() == {"sync.refused": f"{message} The catalogue stays as it is."}

    catalogue.rows = good
    sync()
    assert alerts_open() == {}


def test_a_list_with_less_than_half_of_what_was_there_is_not_gone_by_unless_the_operator_says_so(run, sync, catalogue):
    catalogue.rows = [row(each) for each in range(1, 12)]
    run()
    catalogue.rows = [row(each) for each in range(1, 6)] + [row(each) for each in range(100, 200)]
    before = everything()

    with pytest.raises(SyncRefused) as refused:
        sync()

    message = (
        "Seller lists 5 of the 11 services that are bought there, less than half: "
        "if that is right, run sync_services 'Seller' --apply --trust-list."
    )
    assert str(refused.value) == f"{message} Nothing was changed."
    assert everything() == before
    assert alerts_open() == {"sync.refused": f"{message} The catalogue stays as it is."}

    assert sum(each.field == "gone" for each in sync(trust=True).changes) == 6
    assert alerts_open() == {}


def test_a_row_that_cannot_be_read_leaves_its_service_as_it_is(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="cheap")
    for _ in range(3):
        assert sync().changes == []
    assert sold("1").sources.get().active


def test_an_interrupted_round_keeps_what_it_finished_and_is_completed_by_the_next(sync, run, catalogue, monkeypatch):
    monkeypatch.setattr(rounds, "BATCH", 2)
    catalogue.rows = [row(each) for each in range(1, 6)]
    run()
    catalogue.rows = [row(each, min=10) for each in range(1, 6)]

    def interrupt(done, of):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(progress=interrupt)
    assert Service.objects.filter(min=10).count() == 4

    assert diff(sync()) == [("5", "min", 50, 10, None, "applied")]


def test_a_worker_that_is_to_stop_leaves_the_rest_to_the_next_round(sync, catalogue, monkeypatch):
    catalogue.rows[0] = row(1, min=10)
    monkeypatch.setattr(stopping, "asked", lambda: True)
    assert (sync().finished, Service.objects.filter(min=10).count()) == (False, 0)


def test_a_batch_takes_few_statements_whatever_its_size(run, sync, catalogue):
    def statements(ids: range, **changes: object) -> int:
        catalogue.rows = [row(each, **(changes if each in ids else {})) for each in range(1, 401)]
        with CaptureQueriesContext(connection) as queries:
            sync()
        return len(queries)

    catalogue.rows = [row(each) for each in range(1, 401)]
    run()
    few = statements(range(1, 3), name="Other", rate="1.00", min=10)
    assert statements(range(1, 401), name="Another", rate="1.10", min=20) <= few + 2


def test_headings_are_left_to_the_import(sync, run, catalogue, sold):
    catalogue.rows[0] = row(1, category="Quick", min=10)
    sync()
    assert (sold("1").category.name, sold("1").min) == ("Likes", 10)
    assert not Category.objects.filter(name="Quick").exists()
    run()
    assert sold("1").category.name == "Quick"


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
