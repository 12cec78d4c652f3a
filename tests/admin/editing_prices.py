"""What an operator edits in forms, each an operation that writes down what was changed: the catalogue and the tiers."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Tier
from catalog.models import Category, Service, Source
from events.models import Event
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db


def page(row):
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def form(answer, **changes):
    """What a browser would send of the form as it came, with some fields changed."""
    fields = answer.context["adminform"].form
    shown = {name: fields[name].value() for name in fields.fields}
    return {name: value for name, value in (shown | changes).items() if value is not None and value is not False}


def test_changing_a_service_tells_what_was_changed_and_by_whom(bobs, service):
    given = form(bobs.get(page(service)), rate="1.5", cancel=True)

    bobs.post(page(service), given)

    service.refresh_from_db()
    assert (service.rate, service.cancel, service.name) == (Decimal("1.5"), True, "Likes")
    event = Event.objects.get(kind="service.changed")
    assert (event.subject_id, event.actor) == (service.pk, "bob@panel.example")
    assert event.data == {"changed": {"rate": ["0.90", "1.50"], "cancel": [False, True]}}
    assert "service.changed" in text(bobs.get(page(service)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min": "500", "max": "100"}, "The minimum cannot be above the maximum."),
        ({"min": "0"}, "The minimum is at least 1."),
        ({"rate": "-1"}, "The rate cannot be negative."),
        ({"rate": "1.123456789"}, "Ensure that there are no more than 8 decimal places."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_refuses_a_service_that_cannot_be(bobs, service, changes, message):
    before = list(Service.objects.values())
    answer = bobs.post(page(service), form(bobs.get(page(service))) | changes)
    assert answer.status_code == 200
    assert message in text(answer)
    assert list(Service.objects.values()) == before
    assert not Event.objects.filter(kind="service.changed").exists()


def test_a_category_a_service_and_its_source_are_made_by_hand(bobs, provider):
    bobs.post(reverse("admin:catalog_category_add"), {"name": "Follows", "position": "1", "active": "on"})
    category = Category.objects.get()
    given = form(
        bobs.get(reverse("admin:catalog_service_add")),
        category=category.pk,
        name="Follows",
        rate="2",
        min="1",
        max="9",
    )
    bobs.post(reverse("admin:catalog_service_add"), given)
    service = Service.objects.get()
    given = {
        "service": service.pk,
        "provider": provider.pk,
        "remote_id": "7",
        "priority": "1",
        "cost": "1",
        "currency": "USD",
        "active": "on",
    }
    answer = bobs.post(reverse("admin:catalog_source_add"), given, follow=True)

    assert answer.status_code == 200
    source = Source.objects.get()
    assert (source.service, source.remote_id, source.seen) == (service, "7", {})
    kinds = ["category.added", "service.added", "source.added"]
    assert list(Event.objects.filter(kind__in=kinds).order_by("id").values_list("kind", flat=True)) == kinds

    again = bobs.post(reverse("admin:catalog_source_add"), given)
    assert again.status_code == 200
    assert "already exists" in text(again)
    assert Source.objects.count() == 1


def test_a_source_may_be_paused_and_not_moved(bobs, service):
    source = service.sources.get()
    given = form(bobs.get(page(source)), priority="5") | {"remote_id": "other", "service": "1"}
    given.pop("active", None)

    bobs.post(page(source), given)

    source.refresh_from_db()
    assert (source.priority, source.active, source.remote_id, source.service) == (5, False, "1", service)


def test_renames_a_category(bobs, service):
    bobs.post(page(service.category), {"name": "Hearts", "position": "0", "active": "on"})
    assert Category.objects.get().name == "Hearts"
    assert Event.objects.get(kind="category.changed").data == {"changed": {"name": ["Likes", "Hearts"]}}


def test_edits_a_tier(bobs, tiers):
    tier = Tier.objects.get(name="Agency")
    bobs.post(page(tier), form(bobs.get(page(tier)), requests_per_minute="7000", discount_percent="2.5"))
    tier.refresh_from_db()
    assert (tier.requests_per_minute, tier.discount_percent, tier.version) == (7000, Decimal("2.5"), 2)
    assert Event.objects.get(kind="tier.edited").actor == "bob@panel.example"


def test_refuses_a_discount_above_everything(bobs, tiers):
    tier = Tier.objects.get(name="Agency")
    answer = bobs.post(page(tier), form(bobs.get(page(tier)), discount_percent="101"))
    assert "tier_discount_percent_valid" in text(answer)
    assert Tier.objects.get(name="Agency").discount_percent == 0
