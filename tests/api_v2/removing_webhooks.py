"""`webhook.remove`: nothing is sent there any more, and only its own key can have it removed."""

from functools import partial

import pytest

import accounts.operations
from events.queries import history
from kit import clock, ids
from tests.api_v2.conftest import everything
from tests.racing import at_once
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
NOT_FOUND = (400, {"error": "Webhook not found"})


@pytest.fixture
def remove(post):
    """Remove a webhook: `remove(alice.key, "whk_…")`."""

    def send(key, webhook, **environ):
        answer = post(key=key, action="webhook.remove", webhook=webhook, environ=environ)
        return answer.status, answer.json

    return send


def test_what_is_removed_is_not_listed_and_it_is_written_down(post, alice, hook, remove, held):
    first, second = (hook(alice).json["webhook"] for _ in range(2))
    assert remove(alice.key, first) == (200, {"webhook": first, "removed": True})
    assert [each["webhook"] for each in post(key=alice.key, action="webhook.list").json] == [second]
    [removed] = Endpoint.objects.filter(removed_at__isnull=False)
    assert removed.shown_id == first
    assert removed.removed_at == clock.now()
    event = history("webhook", removed.pk).order_by("-id")[0]
    assert (event.kind, event.account_id, event.actor) == ("webhook.removed", alice.id, f"api:{alice.key[:12]}")
    assert event.data == {"webhook": first, "url": removed.url}


def test_an_id_in_small_letters_is_the_same_id(alice, hook, remove):
    made = hook(alice).json["webhook"]
    assert remove(alice.key, "whk_" + made[4:].lower()) == (200, {"webhook": made, "removed": True})


def test_its_open_deliveries_are_dropped_and_those_of_others_are_not(post, alice, hook, remove, held):
    gone, kept = (hook(alice).json["webhook"] for _ in range(2))
    for webhook in (gone, gone, gone, kept):
        post(key=alice.key, action="webhook.test", webhook=webhook)
    delivered, failed, *_ = Delivery.objects.order_by("id")
    for each, state in ((delivered, "delivered"), (failed, "failed")):
        Delivery.objects.filter(pk=each.pk).update(state=state, ended_at=clock.now())
    held.forward(10)
    assert remove(alice.key, gone)[0] == 200
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == [
        "delivered",
        "failed",
        "dropped",
        "due",
    ]
    dropped = Delivery.objects.get(state="dropped")
    assert (dropped.ended_at, dropped.claimed_until) == (clock.now(), None)


@pytest.mark.parametrize("how", ["unknown", "of an order", "malformed", "empty of letters", "with a NUL", "a number"])
def test_what_names_no_webhook_is_not_found(alice, hook, remove, how):
    made = hook(alice).json["webhook"]
    named = {
        "unknown": ids.shown("whk", ids.new_id()),
        "of an order": "ord_" + made[4:],
        "malformed": made + "0",
        "empty of letters": "whk_",
        "with a NUL": made + "\0",
        "a number": str(Endpoint.objects.get().pk),
    }
    before = everything()
    assert remove(alice.key, named[how]) == NOT_FOUND
    assert everything() == before


def test_one_of_another_key_or_account_is_not_found(alice, bob, hook, remove):
    made = hook(alice).json["webhook"]
    _, second = accounts.operations.issue_key(account_id=alice.id)
    before = everything()
    assert remove(second, made) == remove(bob.key, made) == NOT_FOUND
    assert everything() == before


def test_one_that_was_removed_before_is_not_found(alice, hook, remove):
    made = hook(alice).json["webhook"]
    remove(alice.key, made)
    before = everything()
    assert remove(alice.key, made) == NOT_FOUND
    assert everything() == before


def test_none_named_is_a_missing_parameter(alice, hook, remove):
    hook(alice)
    before = everything()
    assert remove(alice.key, " ") == (400, {"error": "Missing required parameter: webhook"})
    assert everything() == before


@committed
def test_a_read_only_key_may_not_remove(alice, hook, remove):
    made = hook(alice).json["webhook"]
    accounts.operations.edit_key(key_id=Endpoint.objects.get().api_key_id, read_only=True)
    before = everything()
    assert remove(alice.key, made) == (403, {"error": "API key is read-only"})
    assert everything() == before


def test_a_body_that_may_have_been_cut_short_removes_nothing(alice, hook, remove):
    made = hook(alice).json["webhook"]
    before = everything()
    answer = remove(alice.key, made, CONTENT_LENGTH="")
    assert answer == (400, {"error": "Content-Length is required for this action"})
    assert everything() == before


@committed
def test_of_eight_who_remove_it_at_once_one_does(alice, hook, remove):
    made = hook(alice).json["webhook"]
    answers = at_once(*[partial(remove, alice.key, made)] * 8)
    assert answers.count((200, {"webhook": made, "removed": True})) == 1
    assert answers.count(NOT_FOUND) == 7
    assert [event.kind for event in history("webhook", Endpoint.objects.get().pk).order_by("id")] == [
        "webhook.added",
        "webhook.removed",
    ]
