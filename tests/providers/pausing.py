"""A paused provider is no alarm: what was told of it is over, and told anew once it is resumed and still so."""

from decimal import Decimal

import pytest

from alerts.operations import raise_alert
from alerts.queries import lasting
from providers.models import Provider
from providers.operations import add_provider, mark_failing, mark_working, pause, record_balance, resume

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Provider:
    return add_provider(name="Panel", url="https://panel.example/api/v2", key="its-key")


def told() -> set[tuple[str, int]]:
    return set(lasting().values_list("kind", "subject_id"))


def test_ends_what_was_told_of_it_and_of_nobody_else(kept):
    kinds = ("sync.quarantined", "sync.refused", "sync.switched_off", "provider.drift", "provider.low_balance")
    for kind in kinds:
        raise_alert(kind=kind, subject_id=kept.pk, text="why")
    others = {("sync.refused", kept.pk + 1), ("orders.contradicted", kept.pk), ("books.disagree", 0)}
    for kind, subject_id in others:
        raise_alert(kind=kind, subject_id=subject_id, text="why")

    assert pause(provider_id=kept.pk)

    assert told() == others


def test_a_provider_that_takes_no_orders_and_is_low_is_told_anew_when_it_is_resumed(kept):
    Provider.objects.update(low_balance=Decimal(10))
    record_balance(provider_id=kept.pk, balance=Decimal(1))
    mark_failing(provider_id=kept.pk, why="Invalid API key")
    both = {("provider.failing", kept.pk), ("provider.low_balance", kept.pk)}
    assert told() == both

    pause(provider_id=kept.pk)
    record_balance(provider_id=kept.pk, balance=Decimal(1))  # asked before it was paused
    assert told() == set()

    resume(provider_id=kept.pk)
    assert told() == both


def test_a_provider_that_does_not_say_how_its_open_orders_are_goes_on_being_told(kept):
    mark_failing(provider_id=kept.pk, why="It answers HTML", at="status")
    pause(provider_id=kept.pk)
    assert told() == {("provider.failing", kept.pk)}
    mark_working(provider_id=kept.pk, at="status")
    assert told() == set()
