"""Comparing a provider's list with what is bought there: what is applied at once, and what waits for the operator."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Service, SyncChange
from catalog.operations import change_service
from catalog.operations.syncing import SyncRefused, approve, rounds
from kit import stopping
from tests.catalog.conftest import alerts_open, diff, everything, row

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
