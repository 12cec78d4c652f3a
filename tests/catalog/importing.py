"""Importing a provider's list: what is created, what follows it, and what the operator has made his own."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Category, Service, ServiceType, Source
from catalog.operations import add_exchange_rate, add_price_rule, change_category, change_service, importing
from catalog.operations.importing import Gone, Kept, SwitchedOff
from catalog.remote_ids import parsed
from events.models import Event
from providers.operations import add_provider
from tests.catalog.conftest import alerts_open, everything, row

pytestmark = pytest.mark.django_db


def test_a_first_import_creates_what_is_listed(run, sold):
    imported = run(markup="20")

    assert imported.counts() == {"created": 2, "updated": 0, "unchanged": 0, "kept": 0, "skipped": 0, "gone": 0}
    service = sold("2")
    assert (service.name, service.category.name, service.type) == ("Likes 2", "Follows", "Default")
    assert (service.rate, service.min, service.max) == (Decimal("2.40"), 50, 10_000)
    assert (service.refill, service.cancel, service.active) == (True, False, True)
    assert service.sources.get().cost == Decimal("2.00")
    assert list(Category.objects.values_list("name", flat=True)) == ["Likes", "Follows"]


def test_a_markup_is_the_services_own_and_its_rate_follows_the_cost(run, catalogue, sold):
    run(markup="20")
    assert (sold("1").pricing_mode, sold("1").pricing_value) == ("markup", Decimal(20))
    catalogue.rows[0] = row(1, rate="2.00")
    run()
    assert sold("1").rate == Decimal("2.40")


def test_without_a_markup_the_rule_of_the_category_or_the_provider_makes_the_rate(run, catalogue, sold, seller):
    add_price_rule(actor="bob", provider=seller, mode="markup", value=Decimal(100))
    run()
    assert (sold("1").pricing_mode, sold("1").rate) == ("", Decimal("1.80"))

    category = sold("2").category
    add_price_rule(actor="bob", category=category, mode="amount", value=Decimal("0.50"))
    catalogue.rows = [row(1, rate="1.00"), row(2, category="Follows", rate="3.00")]
    run()
    assert [sold(each).rate for each in "12"] == [Decimal("2.00"), Decimal("3.50")]


def test_without_any_rule_at_all_it_is_sold_at_its_cost(run, catalogue, sold):
    run()
    catalogue.rows[0] = row(1, rate="1.00")
    run()
    assert (sold("1").pricing_mode, sold("1").rate) == ("", Decimal("1.00"))


def test_only_types_that_take_runs_are_imported_with_drip_feed(run, catalogue, sold):
    catalogue.rows = [row(1), row(2, type="Web Traffic"), row(3, type="Poll"), row(4, dripfeed=False)]
    run()
    assert [sold(each).dripfeed for each in "1234"] == [True, True, False, False]


def test_every_type_of_the_protocol_is_imported(run, catalogue):
    catalogue.rows = [row(number, type=name) for number, name in enumerate(ServiceType.values, 1)]
    assert (run().created, Service.objects.values("type").distinct().count()) == (17, 17)


def test_a_price_in_another_currency_is_taken_over_at_the_operators_exchange_rate(run, catalogue, sold, seller):
    add_exchange_rate(actor="bob", currency="EUR", usd=Decimal("1.10"))
    seller.currency = "EUR"
    seller.save(update_fields=["currency"])

    run(markup="20")

    source = sold("2").sources.get()
    assert (source.cost, source.currency, sold("2").rate) == (Decimal("2.00"), "EUR", Decimal("2.64"))


def test_a_price_below_the_margin_floor_is_switched_off_by_an_import_too(run, catalogue, sold):
    run()
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("1.00"))
    catalogue.rows[0] = row(1, rate="1.20")
    run()
    source = sold("1").sources.get()
    assert (source.cost, source.active, source.off_because) == (Decimal("1.20"), False, "price")


def test_what_is_new_and_would_sell_below_the_margin_floor_is_off_until_its_price_allows_it(run, sold, settings):
    settings.MARGIN_FLOOR = Decimal(10)

    imported = run()  # without any rule, at its cost

    assert imported.created == 2
    assert imported.off == [
        SwitchedOff(sold("1").pk, "Likes 1", "0.90", "0.90"),
        SwitchedOff(sold("2").pk, "Likes 2", "2.00", "2.00"),
    ]
    assert set(Source.objects.values_list("active", "off_because")) == {(False, "price")}
    assert set(alerts_open()) == {"sync.switched_off"}

    run(markup="20")
    assert set(Source.objects.values_list("active", "off_because")) == {(True, "")}
    assert alerts_open() == {}


def test_the_same_list_again_changes_nothing(run):
    run(markup="20")
    before = everything()[:2]

    imported = run()

    assert imported.counts() == {"created": 0, "updated": 0, "unchanged": 2, "kept": 0, "skipped": 0, "gone": 0}
    assert everything()[:2] == before


def test_a_change_at_the_provider_is_taken_over(run, catalogue, sold):
    run(markup="20")
    catalogue.rows[0] = row(
        1, name="Likes, faster", category="Quick", rate="1.00", min=10, max=20, cancel=True, average_time=7
    )

    assert run().counts()["updated"] == 1

    service = sold("1")
    assert (service.name, service.category.name, service.average_time) == ("Likes, faster", "Quick", 7)
    assert (service.rate, service.min, service.max, service.cancel) == (Decimal("1.20"), 10, 20, True)
    assert service.sources.get().cost == Decimal("1.00")


def test_an_edit_of_the_operators_is_never_lost(run, catalogue, sold):
    run(markup="20")
    service = sold("1")
    change_service(service_id=service.pk, actor="bob", name="Our own name", rate=Decimal(5), refill=False)
    catalogue.rows[0] = row(1, name="Likes, faster", rate="1.00", max=500)

    for _ in range(2):
        imported = run()
        assert imported.kept == [Kept(service.pk, ("name", "refill", "rate"))]
        service.refresh_from_db()
        assert (service.name, service.rate, service.refill) == ("Our own name", Decimal(5), False)
        assert service.max == 500


def test_a_service_that_was_taken_off_sale_stays_off(run, catalogue, sold):
    run()
    change_service(service_id=sold("1").pk, actor="bob", active=False, position=7)
    catalogue.rows[0] = row(1, name="Likes, faster")
    run()
    service = sold("1")
    assert (service.name, service.active, service.position) == ("Likes, faster", False, 7)


def test_a_field_that_is_put_back_follows_the_provider_again(run, catalogue, sold):
    run()
    service = sold("1")
    change_service(service_id=service.pk, actor="bob", name="Our own name")
    catalogue.rows[0] = row(1, name="Likes, faster")
    run()
    change_service(service_id=service.pk, actor="bob", name="Likes, faster")
    catalogue.rows[0] = row(1, name="Likes, fastest")

    assert run().kept == []

    assert sold("1").name == "Likes, fastest"


def test_another_markup_changes_only_the_rates_that_nobody_has_touched(run, sold):
    run(markup="20")
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal(3))

    imported = run(markup="50")

    assert (imported.updated, imported.kept) == (1, [Kept(sold("1").pk, ("rate",))])
    assert (sold("1").rate, sold("2").rate) == (Decimal(3), Decimal("3.00"))


def test_without_a_markup_each_service_keeps_the_one_it_has_and_new_ones_take_the_newest(run, catalogue, sold):
    run(markup="20", wanted=parsed("1"))
    run(markup="50", wanted=parsed("2"))
    catalogue.rows = [row(1, rate="1.00"), row(2, rate="1.00"), row(3, rate="1.00")]

    run()

    assert [sold(each).rate for each in "123"] == [Decimal("1.20"), Decimal("1.50"), Decimal("1.50")]


def test_a_renamed_heading_goes_on_taking_what_the_provider_puts_there(run, catalogue, sold):
    run()
    change_category(category_id=sold("1").category_id, actor="bob", name="Likes and hearts")
    catalogue.rows.append(row(3))

    imported = run()

    assert (imported.created, imported.kept) == (1, [])
    assert sold("3").category.name == "Likes and hearts"
    assert not Category.objects.filter(name="Likes").exists()


def test_an_edited_maximum_below_the_providers_new_minimum_stops_both(run, catalogue, sold):
    run()
    change_service(service_id=sold("1").pk, actor="bob", max=100)
    catalogue.rows[0] = row(1, min=200)

    assert run().kept == [Kept(sold("1").pk, ("min", "max"))]
    assert (sold("1").min, sold("1").max) == (50, 100)


def test_a_source_that_was_attached_by_hand_brings_its_cost_and_nothing_else(run, catalogue, sold, seller, service):
    by_hand = Source.objects.create(service=service, provider=seller, remote_id="1", cost=9)

    for rate in ("0.90", "0.80"):
        catalogue.rows = [row(1, rate=rate)]
        assert run().kept == []
        by_hand.refresh_from_db()
        assert by_hand.cost == Decimal(rate)

    before = (service.name, service.rate, service.refill)
    service.refresh_from_db()
    assert (service.name, service.rate, service.refill) == before


def test_what_is_no_longer_listed_is_told_and_left_alone(run, catalogue, sold):
    run()
    del catalogue.rows[0]
    gone = sold("1")

    assert run().gone == [Gone(gone.pk, "Likes 1", "1")]
    gone.refresh_from_db()
    assert gone.active


def test_what_cannot_be_sold_is_skipped_with_the_reason(run, catalogue):
    catalogue.rows = [row(1, min=9, max=5), row(2, type="Telepathy"), row(3, rate="0"), row(4), {"service": 5}]

    imported = run()

    assert imported.created == 1
    assert {each.remote_id: each.reason for each in imported.skipped} == {
        "1": "its min 9 is above its max 5",
        "2": "'Telepathy' is no type that NotPanel knows",
        "3": "its rate is 0: add it by hand if it is to be sold",
        "5": "the service has no name",
    }


def test_an_id_that_stands_for_another_type_now_is_skipped_until_the_operator_agrees(run, catalogue, sold):
    run()
    service = sold("1")
    catalogue.rows[0] = row(1, type="Package", rate="3.00")

    (skipped,) = run().skipped

    assert skipped.reason == (
        "it was a Default and is a Package at the provider now: "
        f"change the type of our service {service.pk} if it is still the same thing"
    )
    assert sold("1").rate == Decimal("0.90")

    change_service(service_id=service.pk, actor="bob", type="Package")
    assert run().skipped == []
    assert sold("1").rate == Decimal("3.00")


def test_only_the_ids_that_were_asked_for(run, catalogue):
    catalogue.rows = [row(each) for each in (1, 2, 5, 7, 9, 10, "x7")]

    run(wanted=parsed("1, 5-9,x7"))

    assert sorted(Source.objects.values_list("remote_id", flat=True)) == ["1", "5", "7", "9", "x7"]


def test_an_interrupted_import_keeps_the_batches_it_finished_and_is_completed_by_the_next(run, catalogue, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    catalogue.rows = [row(each) for each in range(1, 6)]

    def interrupt(done, of):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(progress=interrupt)
    assert Service.objects.count() == 4

    assert run().counts() == {"created": 1, "updated": 0, "unchanged": 4, "kept": 0, "skipped": 0, "gone": 0}


def test_a_batch_takes_few_statements_whatever_its_size(run, catalogue):
    def statements(rows: list[Any]) -> int:
        catalogue.rows = rows
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run()
        return len(queries)

    few, many = [row(each) for each in range(1, 6)], [row(each) for each in range(101, 401)]
    created = statements(few)
    assert statements(few + many) <= created + 2
    changed = [each | {"name": f"New {each['service']}"} for each in few]
    all_changed = [each | {"name": f"Newer {each['service']}"} for each in few + many]
    assert statements(all_changed) <= statements(changed + many) + 2


def test_the_import_is_an_event_of_the_provider(run, seller):
    run(markup="20")
    event = Event.objects.get(kind="provider.services_imported")
    assert (event.subject, event.subject_id, event.actor) == ("provider", seller.pk, "bob@example.com")
    assert event.data["created"] == 2


def test_the_same_id_at_two_providers_is_two_services(run, seller):
    run()
    other = add_provider(name="Other", url=seller.url, key="its-key")

    assert importing.import_services(provider=other).created == 2
    assert Service.objects.count() == 4
