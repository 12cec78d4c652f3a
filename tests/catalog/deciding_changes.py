"""The operator's word on what a provider's list would change: approved, refused, and what cannot be."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Service, Source, SyncChange
from catalog.operations import add_price_rule, change_service, change_source
from catalog.operations.syncing import approve, refuse
from events.models import Event
from tests.breaking import refused_by
from tests.catalog.conftest import alerts_open, diff, everything, row, usd
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _imported(run):
    run(markup="50")


def waiting(**which: Any) -> list[int]:
    """The ids of what waits."""
    return list(SyncChange.objects.filter(state__in=["proposed", "quarantined"], **which).values_list("pk", flat=True))


def states() -> list[tuple[str, str, str]]:
    """What became of each change, and by whom."""
    return list(SyncChange.objects.order_by("id").values_list("field", "state", "actor"))


def test_an_approved_name_is_ours_and_goes_on_following(sync, catalogue, sold):
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()

    assert approve(change_ids=waiting(), actor="bob").done == 1

    assert sold("1").name == "Likes, faster"
    assert states() == [("name", "applied", "bob")]
    event = Event.objects.get(kind="catalogue_change.approved")
    assert (event.subject, event.subject_id, event.actor) == ("sync_change", SyncChange.objects.get().pk, "bob")
    assert event.data == {
        "provider": "Seller",
        "remote_id": "1",
        "field": "name",
        "old": "Likes 1",
        "new": "Likes, faster",
    }
    assert sync().changes == []
    catalogue.rows[0] = row(1, name="Likes, fastest")
    assert diff(sync()) == [("1", "name", "Likes, faster", "Likes, fastest", None, "proposed")]


def test_a_refused_name_is_not_asked_again_by_a_sync_nor_taken_by_an_import(sync, run, catalogue, sold):
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()

    assert refuse(change_ids=waiting(), actor="bob").done == 1

    assert states() == [("name", "refused", "bob")]
    assert sync().changes == []
    assert run().kept[0].fields == ("name",)
    assert sold("1").name == "Likes 1"


def test_a_refused_name_is_asked_again_once_it_is_another_one(sync, catalogue):
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()
    refuse(change_ids=waiting(), actor="bob")
    catalogue.rows[0] = row(1, name="Likes, fastest")
    assert diff(sync()) == [("1", "name", "Likes 1", "Likes, fastest", None, "proposed")]


def test_an_approved_jump_becomes_our_cost_and_the_source_is_on_again(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.40")
    sync()
    assert not sold("1").sources.get().active

    approve(change_ids=waiting(), actor="bob")

    source = sold("1").sources.get()
    assert (source.cost, source.active, source.off_because, sold("1").rate) == (
        Decimal("1.40"),
        True,
        "",
        Decimal("2.10"),
    )
    assert alerts_open() == {}
    assert sync().changes == []


def test_an_approved_jump_leaves_a_fixed_price_below_it_switched_off(sync, catalogue, sold):
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.35"))
    catalogue.rows[0] = row(1, rate="1.40")
    sync()

    approve(change_ids=waiting(), actor="bob")

    source = sold("1").sources.get()
    assert (source.cost, source.active, sold("1").rate) == (Decimal("1.40"), False, Decimal("1.35"))
    assert set(alerts_open()) == {"sync.switched_off"}


def test_a_refused_jump_leaves_the_cost_and_the_source_off_until_the_price_is_another_one(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="1.40")
    sync()

    refuse(change_ids=waiting(), actor="bob")

    assert set(alerts_open()) == {"sync.switched_off"}
    assert sync().changes == []
    source = sold("1").sources.get()
    assert (source.cost, source.active) == (Decimal("0.90"), False)

    catalogue.rows[0] = row(1, rate="1.00")
    assert diff(sync()) == [("1", "cost", usd("0.90"), usd("1.00"), Decimal("11.11"), "applied")]
    assert sold("1").sources.get().active


def test_a_price_of_nothing_cannot_be_approved(sync, catalogue, sold):
    catalogue.rows[0] = row(1, rate="0")
    sync()
    before = everything()

    decided = approve(change_ids=waiting(), actor="bob")

    assert (decided.done, [why for _, why in decided.left]) == (
        0,
        ["a price of 0 is not taken over: if it is meant, enter the cost at the source by hand"],
    )
    assert everything() == before


@pytest.mark.parametrize(
    ("word", "edit", "why"),
    [
        (
            {"name": "Likes, faster"},
            lambda service: change_service(service_id=service.pk, actor="bob", name="Our own"),
            "its name has been changed meanwhile, to 'Our own': refuse it, or rename it",
        ),
        (
            {"rate": "1.26"},
            lambda service: change_source(source_id=service.sources.get().pk, actor="bob", cost=Decimal(1)),
            "its cost has been changed meanwhile: refuse it, or enter the cost at the source by hand",
        ),
    ],
    ids=["name", "cost"],
)
def test_what_the_operator_has_changed_meanwhile_is_not_overwritten(sync, catalogue, sold, word, edit, why):
    catalogue.rows[0] = row(1, **word)
    sync()
    edit(sold("1"))
    before = everything()

    decided = approve(change_ids=waiting(), actor="bob")

    assert (decided.done, [each for _, each in decided.left]) == (0, [why])
    assert everything() == before


def test_an_approved_type_is_ours_and_sells_once_the_next_sync_has_seen_its_price(sync, catalogue, sold):
    catalogue.rows[0] = row(1, type="Package", rate="1.00", min=1, max=1)
    sync()

    approve(change_ids=waiting(), actor="bob")

    assert (sold("1").type, sold("1").sources.get().active) == ("Package", False)
    sync()
    source = sold("1").sources.get()
    assert (source.active, source.cost, sold("1").rate, sold("1").max) == (True, Decimal("1.00"), Decimal("1.50"), 1)


def test_what_is_gone_is_switched_off_at_once_when_that_is_approved(sync, catalogue, sold):
    del catalogue.rows[0]
    sync()

    approve(change_ids=waiting(), actor="bob")

    source = sold("1").sources.get()
    assert (source.active, source.off_because) == (False, "gone")
    event = Event.objects.get(kind="source.switched_off")
    assert (event.actor, event.data) == ("bob", {"because": "no longer on the provider's list"})


def test_what_is_gone_stays_on_for_good_when_that_is_refused(sync, catalogue, sold):
    del catalogue.rows[0]
    sync()
    refuse(change_ids=waiting(), actor="bob")
    for _ in range(3):
        assert sync().changes == []
    assert sold("1").sources.get().active


def test_what_is_new_is_sold_as_it_was_listed_with_the_usual_markup(sync, catalogue, sold):
    catalogue.rows.append(row(3, rate="2.00", category="Quick", description="At once", average_time=5))
    sync()

    assert approve(change_ids=waiting(), actor="bob").done == 1

    service = sold("3")
    assert (service.name, service.category.name, service.rate) == ("Likes 3", "Quick", Decimal("3.00"))
    assert (service.pricing_mode, service.pricing_value) == ("markup", Decimal(50))
    assert (service.description, service.average_time, service.dripfeed) == ("At once", 5, True)
    assert states() == [("new", "applied", "bob")]
    assert sync().changes == []


def test_what_is_new_and_would_sell_below_the_margin_floor_is_off_from_the_first_moment(
    sync, catalogue, sold, settings
):
    settings.MARGIN_FLOOR = Decimal(40)  # the markup of 50 % leaves a third
    catalogue.rows.append(row(3))
    sync()

    assert approve(change_ids=waiting(), actor="bob").done == 1

    source = sold("3").sources.get()
    assert (source.active, source.off_because) == (False, "price")
    event = Event.objects.get(kind="source.switched_off")
    assert (event.subject_id, event.actor, event.data["rate"], event.data["cost"]) == (
        source.pk,
        "bob",
        "1.35",
        "0.90",
    )
    assert set(alerts_open()) == {"sync.switched_off"}


def test_what_is_new_follows_the_rule_of_the_provider_where_there_is_one(sync, catalogue, sold, seller):
    add_price_rule(actor="bob", provider=seller, mode="amount", value=Decimal("0.25"))
    catalogue.rows.append(row(3))
    sync()
    approve(change_ids=waiting(), actor="bob")
    assert (sold("3").pricing_mode, sold("3").rate) == ("", Decimal("1.15"))


def test_what_is_new_and_refused_is_not_proposed_again(sync, catalogue):
    catalogue.rows.append(row(3))
    sync()
    refuse(change_ids=waiting(), actor="bob")
    catalogue.rows[2] = row(3, rate="5.00")
    assert sync().changes == []
    assert Service.objects.count() == 2


def test_a_proposal_of_what_was_imported_or_is_listed_no_more_is_closed(sync, run, catalogue):
    catalogue.rows += [row(3), row(4)]
    sync()
    run()
    assert approve(change_ids=waiting(remote_id="3"), actor="bob").left[0][1] == "it is sold already"
    sync()
    assert [(field, state) for field, state, _ in states()] == [("new", "withdrawn"), ("new", "withdrawn")]


def test_many_are_decided_at_once_in_a_handful_of_statements(sync, run, catalogue, django_assert_max_num_queries):
    catalogue.rows += [row(each) for each in range(3, 303)]
    sync()
    with django_assert_max_num_queries(40):
        assert approve(change_ids=waiting(), actor="bob").done == 300
    assert Service.objects.count() == 302


def test_a_change_that_was_decided_or_is_over_is_not_decided_again(sync, catalogue, sold):
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()
    (old,) = waiting()
    catalogue.rows[0] = row(1, name="Likes, fastest")
    sync()
    before = everything()

    for decide in (approve, refuse):
        assert decide(change_ids=[old], actor="bob").done == 0

    assert everything() == before


def test_a_source_that_is_on_was_not_switched_off_by_the_sync(sold):
    with refused_by("source_off_because_only_while_off"):
        sold("1").sources.update(off_because="gone")


def test_a_source_is_off_for_one_of_the_known_reasons(sold):
    with refused_by("source_off_because_only_while_off"):
        sold("1").sources.update(active=False, off_because="a whim")


def test_two_open_changes_of_one_field_cannot_be(sync, catalogue):
    catalogue.rows += [row(3)]
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()
    for change in SyncChange.objects.all():
        change.pk = None
        with refused_by("sync_change_open_once"):
            change.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_approved_and_refused_at_the_same_moment_is_one_of_both(sync, catalogue, sold):
    catalogue.rows[0] = row(1, name="Likes, faster")
    sync()
    ids = waiting()

    decided = at_once(lambda: approve(change_ids=ids, actor="bob"), lambda: refuse(change_ids=ids, actor="alice"))

    assert sorted(each.done for each in decided) == [0, 1]
    approved = decided[0].done == 1
    assert sold("1").name == ("Likes, faster" if approved else "Likes 1")
    assert states() == [("name", "applied", "bob") if approved else ("name", "refused", "alice")]


def test_a_type_is_not_approved_while_the_service_is_bought_elsewhere_as_what_it_was(sync, catalogue, sold, provider):
    service = sold("1")
    other = Source.objects.create(service=service, provider=provider, remote_id="9", cost=Decimal("0.95"), priority=2)
    catalogue.rows[0] = row(1, type="Package")
    sync()
    decided = approve(change_ids=waiting(field="type"), actor="bob")
    assert (decided.done, len(decided.left)) == (0, 1)
    assert sold("1").type == "Default"
    change_source(source_id=other.pk, active=False, actor="bob")
    assert approve(change_ids=waiting(field="type"), actor="bob").done == 1
    assert sold("1").type == "Package"
