"""The operator's own edits of the catalogue."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Service
from catalog.operations import add_source, change_service, change_source
from events.models import Event

pytestmark = pytest.mark.django_db


def test_writes_down_what_was_changed_from_what_and_by_whom(service):
    change_service(service_id=service.pk, actor="bob", name="Hearts", rate=Decimal("1.2"), min=50)

    event = Event.objects.get(subject="service")
    assert (event.kind, event.subject_id, event.actor) == ("service.changed", service.pk, "bob")
    assert event.data == {"changed": {"name": ["Likes", "Hearts"], "rate": ["0.90", "1.20"]}}


def test_a_change_that_changes_nothing_is_no_event(service):
    change_service(service_id=service.pk, actor="bob", name="Likes", rate=Decimal("0.9"))
    assert not Event.objects.filter(subject="service").exists()


def test_refuses_what_no_service_can_be_and_changes_nothing(service):
    before = list(Service.objects.values())
    with pytest.raises(ValidationError, match="The minimum cannot be above the maximum"):
        change_service(service_id=service.pk, actor="bob", min=20_000)
    assert list(Service.objects.values()) == before
    assert not Event.objects.filter(subject="service").exists()


def test_writes_only_what_is_to_change(service):
    stale = Service.objects.get(pk=service.pk)
    change_service(service_id=service.pk, actor="an import beside it", name="Newer")
    change_service(service_id=stale.pk, actor="bob", rate=Decimal(2))
    service.refresh_from_db()
    assert (service.name, service.rate) == ("Newer", Decimal(2))


def test_a_source_that_is_there_twice_is_refused(service, provider):
    with pytest.raises(ValidationError, match="already exists"):
        add_source(actor="bob", service=service, provider=provider, remote_id="1", cost=Decimal(1))
    assert service.sources.count() == 1


def test_a_paused_source_takes_the_service_off_the_list(service):
    from catalog.queries import listing

    assert [each.id for each in listing()] == [service.pk]
    change_source(source_id=service.sources.get().pk, actor="bob", active=False)
    assert listing() == []
