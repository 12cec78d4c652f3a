"""The operator takes no new orders: the text resellers get, and everything else goes on."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Source, Stop
from catalog.operations import change_stop, resume_orders, stop_orders
from events.models import Event
from orders.models import Order, Purchase
from providers.operations import add_provider
from tests.api_v2.conftest import everything

pytestmark = pytest.mark.django_db
TEXT = "No new orders until 18:00 UTC, we are moving"


@pytest.fixture
def spare(service):
    """A second source, at another provider."""
    other = add_provider(name="Spare", url="http://127.0.0.1:9/api/v2", key="k")
    return Source.objects.create(service=service, provider=other, remote_id="9", priority=2, cost=Decimal("0.6"))


def stop(**which) -> Stop:
    made = stop_orders(text=TEXT, actor="bob", **which)
    Event.objects.get(kind="stop.added", actor="bob")
    return made


@pytest.mark.parametrize("what", ["the panel", "the service", "its only provider"])
def test_a_new_order_gets_the_text_and_changes_nothing_and_goes_through_again_afterwards(
    post, alice, service, provider, add, what
):
    which = {
        "the panel": {},
        "the service": {"service_id": service.pk},
        "its only provider": {"provider_id": provider.pk},
    }
    stopped = stop(**which[what])
    before = everything()
    answer = add(alice)
    assert (answer.status, answer.json) == (400, {"error": TEXT})
    assert everything() == before
    change_stop(stop_id=stopped.pk, text="Later", actor="bob")
    assert add(alice).json == {"error": "Later"}
    resume_orders(stop_id=stopped.pk, actor="bob", reason="moved")
    assert add(alice).status == 200
    told = Event.objects.filter(kind__startswith="stop.").order_by("id")
    assert [(each.kind, each.reason) for each in told] == [
        ("stop.added", ""),
        ("stop.changed", ""),
        ("stop.removed", "moved"),
    ]


def test_a_replay_of_an_old_request_still_answers(alice, add):
    first = add(alice)
    stop()
    before = everything()
    again = add(alice)
    assert (again.status, again.json, again.headers["Idempotent-Replay"]) == (200, first.json, "true")
    assert everything() == before


def test_what_is_placed_goes_on_and_can_be_asked_for(post, alice, add, service):
    order = add(alice).json["order"]
    stop(service_id=service.pk)
    assert post(key=alice.key, action="status", order=order).json["status"] == "pending"
    assert Purchase.objects.get().state == "queued"
    assert [each["service"] for each in post(key=alice.key, action="services").json] == [service.pk]


def test_a_stopped_providers_source_is_passed_over_for_the_next(alice, add, provider, spare):
    stop(provider_id=provider.pk)
    assert add(alice).status == 200
    assert Purchase.objects.get().source == spare
    assert Order.objects.get().charge == Decimal("0.9")  # the rate is what is shown, wherever it is bought


def test_with_every_provider_stopped_the_text_of_the_first_is_told(alice, add, provider, spare):
    stop_orders(text="Spare is away", actor="bob", provider_id=spare.provider_id)
    stop_orders(text="The first is away", actor="bob", provider_id=provider.pk)
    assert add(alice).json == {"error": "The first is away"}
    Source.objects.filter(provider=provider).update(active=False)
    assert add(alice).json == {"error": "Spare is away"}


def test_another_service_and_another_providers_orders_are_taken(alice, add, sell, service, spare):
    other = sell(remote_id="2")
    stop(service_id=other.pk)
    Stop.objects.create(provider=spare.provider, text="away", since=Stop.objects.get().since)
    assert add(alice).status == 200
    assert add(alice, "r-2", service=other.pk).json == {"error": TEXT}


def test_the_panels_text_is_told_before_a_services_and_no_service_before_both(alice, add, service):
    stop_orders(text="the service", actor="bob", service_id=service.pk)
    stop_orders(text="the panel", actor="bob")
    assert add(alice).json == {"error": "the panel"}
    assert add(alice, service=999_999).json == {"error": "Service not found"}
    assert add(alice, link="no link").json == {"error": "the panel"}


def test_a_stop_is_found_in_the_history_of_what_is_stopped(service, provider):
    for which, about in [
        ({}, ("panel", 0)),
        ({"service_id": service.pk}, ("service", service.pk)),
        ({"provider_id": provider.pk}, ("provider", provider.pk)),
    ]:
        stop_orders(text=TEXT, actor="bob", **which)
        told = Event.objects.filter(kind="stop.added").latest("id")
        assert (told.subject, told.subject_id) == about


def test_refuses_a_stop_without_a_text_of_two_things_and_a_second_one(service, provider):
    with pytest.raises(ValidationError, match="Say what resellers are told"):
        stop_orders(text="  ", actor="bob")
    with pytest.raises(ValidationError, match="Stop one service or one provider"):
        stop_orders(text=TEXT, actor="bob", service_id=service.pk, provider_id=provider.pk)
    assert Stop.objects.count() == 0
    for which in ({}, {"service_id": service.pk}, {"provider_id": provider.pk}):
        stop_orders(text=TEXT, actor="bob", **which)
        with pytest.raises(ValidationError):
            stop_orders(text="again", actor="bob", **which)
    assert set(Stop.objects.values_list("text", flat=True)) == {TEXT}
