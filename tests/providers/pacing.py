"""Calls are spent from a provider's pace: as many as it takes from us in a minute, and no more, whoever asks."""

import threading
from functools import partial

import pytest
from django.db import connection

from providers.checking import ask_in_their_pace
from providers.demo.running import DemoProvider
from providers.models import Provider
from providers.operations import add_provider, change_provider, take_turn
from providers.tasks import check_all
from tests.conftest import Time
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db


def paced(provider: Provider, calls_per_minute: int | None) -> int:
    """Give a provider this pace and return its id."""
    change_provider(
        provider_id=provider.pk,
        name=provider.name,
        url=provider.url,
        calls_per_minute=calls_per_minute,
        low_balance=None,
    )
    return provider.pk


def turns(provider_id: int) -> int:
    """Take turns until there is none, and return how many there were."""
    taken = 0
    while take_turn(provider_id):
        taken += 1
    return taken


def test_without_a_pace_there_is_always_room_and_nothing_is_written(kept: Provider) -> None:
    assert all(take_turn(kept.pk) for _ in range(100))
    kept.refresh_from_db()
    assert kept.next_call_at is None


def test_a_provider_that_is_not_there_has_no_turn(db: None) -> None:
    assert take_turn(404) is False


@pytest.mark.parametrize(("calls_per_minute", "at_first"), [(1, 1), (30, 1), (60, 2), (120, 3), (600, 11)])
def test_a_second_of_calls_may_be_made_at_once_and_then_its_pace(
    kept: Provider, time: Time, calls_per_minute: int, at_first: int
) -> None:
    provider = paced(kept, calls_per_minute)
    assert turns(provider) == at_first
    for _ in range(3):
        time.move(seconds=60 / calls_per_minute + 1e-6)
        assert turns(provider) == 1


def test_in_a_minute_there_are_as_many_turns_as_it_takes_calls(kept: Provider, time: Time) -> None:
    provider = paced(kept, 120)
    turns(provider)
    taken = 0
    for _ in range(240):
        time.move(seconds=0.25)
        taken += turns(provider)
    assert taken == 120


def test_what_was_not_used_for_an_hour_is_not_saved_up(kept: Provider, time: Time) -> None:
    provider = paced(kept, 60)
    turns(provider)
    time.move(hours=1)
    assert turns(provider) == 2


def test_another_pace_begins_at_once(kept: Provider, time: Time) -> None:
    provider = paced(kept, 1)
    assert turns(provider) == 1
    assert take_turn(provider) is False
    assert take_turn(paced(kept, 600)) is True


@pytest.mark.django_db(transaction=True)
def test_with_the_guard_off_twenty_callers_all_find_room(kept: Provider, time: Time) -> None:
    """The control: each looks whether there is room, and spends it when all have looked."""
    provider, all_have_looked = paced(kept, 1), threading.Barrier(20)

    def take_unguarded() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT next_call_at IS NULL FROM providers_provider WHERE id = %s", [provider])
            (room,) = cursor.fetchone() or (False,)
            all_have_looked.wait(PATIENCE)
            cursor.execute("UPDATE providers_provider SET next_call_at = now() WHERE id = %s", [provider])
        return bool(room)

    assert at_once(*[take_unguarded] * 20) == [True] * 20


@pytest.mark.django_db(transaction=True)
def test_of_twenty_callers_at_once_as_many_have_a_turn_as_there_is_room(kept: Provider, time: Time) -> None:
    provider = paced(kept, 120)
    found = at_once(*[partial(take_turn, provider)] * 20)
    assert sorted(found) == [False] * 17 + [True] * 3


def test_the_balance_is_asked_for_in_the_providers_pace(demo: DemoProvider, time: Time, db: None) -> None:
    slow = add_provider(name="Slow", url=demo.url, key=demo.key)
    add_provider(name="Fast", url=demo.url, key=demo.key)
    assert take_turn(paced(slow, 1))
    checked = ask_in_their_pace(list(Provider.objects.all()), patience=0)
    assert [each.name for each in checked] == ["Fast"]
    assert len(demo.calls("balance")) == 1
    slow.refresh_from_db()
    assert (slow.last_balance, slow.failing_since) == (None, None)


def test_waits_a_little_for_its_pace(demo: DemoProvider, db: None) -> None:
    provider = add_provider(name="Panel", url=demo.url, key=demo.key)
    paced(provider, 120)
    turns(provider.pk)
    assert [each.name for each in ask_in_their_pace([provider])] == ["Panel"]


def test_checks_every_active_provider(demo: DemoProvider, db: None) -> None:
    add_provider(name="Panel", url=demo.url, key=demo.key)
    Provider.objects.create(name="Paused", url=demo.url, key_encrypted="x", active=False)
    assert check_all() == 1
    assert len(demo.calls("balance")) == 1
