"""A new secret: shown once, and the one before beside it for a day."""

import threading
from datetime import timedelta
from functools import partial

import pytest

from events.models import Event
from events.queries import history
from kit import clock, encryption, ids
from tests.racing import PATIENCE, at_once
from webhooks import signing
from webhooks.models import Endpoint
from webhooks.operations.endpoints import OLD_SECRET_LASTS, RotatedBefore, remove, rotate_secret
from webhooks.queries import EndpointNotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(alice, listen):
    return listen(alice)


def secrets(endpoint):
    """The secret and the old one, as they stand in the table."""
    row = Endpoint.objects.get(pk=endpoint.pk)
    old = row.old_secret_encrypted
    return encryption.decrypt(row.secret_encrypted), encryption.decrypt(old) if old else None


def test_a_new_endpoint_has_one_secret(endpoint):
    secret, old = secrets(endpoint)
    assert secret.startswith("whsec_")
    assert old is None


def test_the_one_before_is_kept_beside_it_for_a_day(endpoint, monkeypatch):
    monkeypatch.setattr(clock, "timestamp", lambda: 1_800_000_000.25)
    before, _ = secrets(endpoint)
    new = rotate_secret(endpoint_id=endpoint.pk)
    assert secrets(endpoint) == (new, before)
    assert new != before
    assert timedelta(hours=24) == OLD_SECRET_LASTS
    assert Endpoint.objects.get().old_secret_until == clock.now() + timedelta(hours=24)


def test_rotated_again_the_oldest_of_three_stops_and_the_day_begins_anew(endpoint, monkeypatch):
    now = 1_800_000_000.0
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    second = rotate_secret(endpoint_id=endpoint.pk)
    now += 3600
    third = rotate_secret(endpoint_id=endpoint.pk)
    assert secrets(endpoint) == (third, second)
    assert Endpoint.objects.get().old_secret_until == clock.now() + timedelta(hours=24)


def test_it_is_written_down_who_did_it_and_neither_secret(endpoint):
    before, _ = secrets(endpoint)
    new = rotate_secret(endpoint_id=endpoint.pk, actor="operator@example.com", reason="it was in a screenshot")
    event = history("webhook", endpoint.pk).order_by("-id")[0]
    assert (event.kind, event.actor, event.reason) == (
        "webhook.secret_rotated",
        "operator@example.com",
        "it was in a screenshot",
    )
    assert event.data == {"webhook": endpoint.shown_id, "url": endpoint.url}
    kept = str(list(Event.objects.values())) + str(list(Endpoint.objects.values()))
    assert new not in kept
    assert before not in kept


def test_one_that_was_removed_or_never_was_has_no_secret_to_change(endpoint):
    remove(endpoint_id=endpoint.pk)
    before = list(Endpoint.objects.values()), Event.objects.count()
    for number in (endpoint.pk, endpoint.pk + 1):
        with pytest.raises(EndpointNotFound):
            rotate_secret(endpoint_id=number)
    assert (list(Endpoint.objects.values()), Event.objects.count()) == before


def test_a_press_that_is_repeated_shows_what_it_made_for_a_minute_and_then_rotates_nothing(endpoint, time):
    asked, original = ids.new_id(), secrets(endpoint)[0]
    new = rotate_secret(endpoint_id=endpoint.pk, asked=asked)
    time.move(seconds=60)
    assert rotate_secret(endpoint_id=endpoint.pk, asked=asked) == new
    time.move(seconds=1)
    with pytest.raises(RotatedBefore):
        rotate_secret(endpoint_id=endpoint.pk, asked=asked)
    assert secrets(endpoint) == (new, original)


def test_a_press_that_is_repeated_after_another_one_does_not_show_what_that_made(endpoint, time):
    asked = ids.new_id()
    second = rotate_secret(endpoint_id=endpoint.pk, asked=asked)
    third = rotate_secret(endpoint_id=endpoint.pk, asked=ids.new_id())
    with pytest.raises(RotatedBefore):
        rotate_secret(endpoint_id=endpoint.pk, asked=asked)
    assert secrets(endpoint) == (third, second)


@pytest.mark.django_db(transaction=True)
def test_of_eight_rotations_at_once_the_last_two_are_valid_and_were_both_shown(endpoint):
    shown = at_once(*[partial(rotate_secret, endpoint_id=endpoint.pk)] * 8)
    secret, old = secrets(endpoint)
    assert len(set(shown)) == 8
    assert secret != old
    assert {secret, old} <= set(shown)


@pytest.mark.django_db(transaction=True)
def test_with_the_guard_off_eight_rotations_at_once_keep_the_first_secret_as_the_old_one(endpoint):
    """The control: read, then write. The old one is then none of those that were shown just before."""
    first, _ = secrets(endpoint)
    everyone_has_read = threading.Barrier(8)

    def rotate_unguarded():
        row, new = Endpoint.objects.get(pk=endpoint.pk), signing.new_secret()
        everyone_has_read.wait(PATIENCE)
        row.old_secret_encrypted, row.secret_encrypted = row.secret_encrypted, encryption.encrypt(new)
        row.old_secret_until = clock.now() + OLD_SECRET_LASTS
        row.save()
        return new

    shown = at_once(*[rotate_unguarded] * 8)
    assert secrets(endpoint)[1] == first
    assert first not in shown
