"""A tier changed by two at once: who waits for the other's commit goes on from what it left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Tier, User
from accounts.operations import pin_tier
from accounts.operations.tiers import MOVE_UP, move_up
from events.models import Event
from kit.transitions import change_if
from tests.racing import PATIENCE
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carol(person):
    """Return a reseller who has deposited nothing."""
    return person("carol", deposit="0")


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def over_a_change(person, tier: str, call: Callable[[], Any]) -> Any:
    """Put the person into the tier, committing only once the call waits for that; return what it returned or raised."""

    def run() -> Any:
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            User.objects.filter(pk=person.id).update(tier=Tier.objects.get(name=tier))
            result = thread.submit(run)
            wait_until(somebody_waits_for_us, "the call waits for the change")
        return result.result(PATIENCE)


def tier_of(person) -> str:
    return User.objects.select_related("tier").get(pk=person.id).tier.name


def told(person) -> list[dict[str, str]]:
    events = Event.objects.filter(kind="account.tier_changed", account_id=person.id)
    return [event.data for event in events.order_by("id")]


def test_locking_the_user_and_its_tier_in_one_statement_finds_nobody(carol):
    """The control: what `pin_tier` would meet."""

    def joined() -> User:
        with transaction.atomic():
            return User.objects.select_for_update(of=("self",)).select_related("tier").get(pk=carol.id)

    assert isinstance(over_a_change(carol, "Reseller", joined), User.DoesNotExist)


def test_an_operator_who_waits_for_another_change_has_the_last_word(carol):
    agency = Tier.objects.get(name="Agency")
    pin = partial(pin_tier, account_id=carol.id, tier_id=agency.pk, pinned=True, actor="op")
    assert over_a_change(carol, "Reseller", pin) is None
    assert tier_of(carol) == "Agency"
    assert told(carol) == [{"from": "Reseller", "to": "Agency"}]


def test_moving_up_without_the_users_lock_loses_the_rise(carol):
    """The control: what `move_up` would meet."""
    alone = partial(change_if, MOVE_UP, {"account": carol.id, "deposited": Decimal(5000)})
    assert over_a_change(carol, "Reseller", alone) is None
    assert tier_of(carol) == "Reseller"


def test_a_rise_that_waits_for_another_change_is_not_lost(carol):
    rise = partial(move_up, account_id=carol.id, deposited=Decimal(5000))
    assert over_a_change(carol, "Reseller", rise) == "Agency"
    assert tier_of(carol) == "Agency"
    assert told(carol) == [{"from": "Reseller", "to": "Agency"}]


def test_a_rise_that_waits_for_a_better_tier_moves_nothing(carol):
    rise = partial(move_up, account_id=carol.id, deposited=Decimal(500))
    assert over_a_change(carol, "Agency", rise) is None
    assert tier_of(carol) == "Agency"
    assert told(carol) == []
