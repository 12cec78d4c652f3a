"""`webhook.list`: this key's webhooks, oldest first, and never a secret."""

from datetime import UTC, datetime, timedelta

import pytest

import accounts.operations
from accounts.models import ApiKey
from tests.api_v2.conftest import HOOK, everything
from webhooks.kinds import KINDS
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listed(post):
    def ask(key):
        answer = post(key=key, action="webhook.list")
        assert answer.status == 200, answer.json
        return answer.json

    return ask


def test_there_are_none_at_first(alice, listed):
    assert listed(alice.key) == []


def test_each_is_shown_as_it_was_added_oldest_first(alice, hook, listed, held):
    first = hook(alice, events="order.completed").json["webhook"]
    held.forward(3600)
    second = hook(alice, url=HOOK + "/two").json["webhook"]
    assert listed(alice.key) == [
        {
            "webhook": first,
            "url": HOOK,
            "events": ["order.completed"],
            "status": "active",
            "created_at": "2027-01-15T08:00:00.250Z",
        },
        {
            "webhook": second,
            "url": HOOK + "/two",
            "events": list(KINDS),
            "status": "active",
            "created_at": "2027-01-15T09:00:00.250Z",
        },
    ]


def test_one_that_took_the_slot_of_a_removed_one_comes_last(post, alice, hook, listed):
    made = [hook(alice).json["webhook"] for _ in range(3)]
    post(key=alice.key, action="webhook.remove", webhook=made[0])
    newest = hook(alice).json["webhook"]
    assert [each["webhook"] for each in listed(alice.key)] == [made[1], made[2], newest]


@pytest.mark.parametrize("because", ["gone", "failing", "operator"])
def test_a_disabled_one_says_so(alice, hook, listed, because):
    hook(alice)
    Endpoint.objects.update(disabled_at=datetime(2027, 1, 15, tzinfo=UTC), disabled_because=because)
    assert [each["status"] for each in listed(alice.key)] == ["disabled"]


def test_one_that_rests_is_active(alice, hook, listed):
    hook(alice)
    Endpoint.objects.update(failures=9, resting_until=datetime.now(UTC) + timedelta(hours=1))
    assert [each["status"] for each in listed(alice.key)] == ["active"]


def test_those_of_another_key_or_account_are_not_listed(alice, bob, hook, listed):
    made = hook(alice).json["webhook"]
    _, second = accounts.operations.issue_key(account_id=alice.id)
    assert listed(second) == listed(bob.key) == []
    assert [each["webhook"] for each in listed(alice.key)] == [made]


@committed
def test_a_key_with_a_new_value_has_them_still(post, alice, hook, listed):
    hook(alice)
    before = listed(alice.key)
    _, value = accounts.operations.regenerate_key(key_id=ApiKey.objects.get(account_id=alice.id).pk)
    assert listed(value) == before
    gone = post(key=alice.key, action="webhook.list")
    assert (gone.status, gone.json) == (400, {"error": "Invalid API key"})


@committed
def test_a_read_only_key_may_list_and_it_changes_nothing(alice, hook, listed):
    made = hook(alice).json["webhook"]
    accounts.operations.edit_key(key_id=ApiKey.objects.get(account_id=alice.id).pk, read_only=True)
    before = everything()
    assert [each["webhook"] for each in listed(alice.key)] == [made]
    assert everything() == before
