"""`webhook.test`: one event for one webhook, whatever it listens to."""

import orjson
import pytest
from standardwebhooks import Webhook

import accounts.operations
from events.models import Event
from kit import clock, ids
from tests.api_v2.conftest import everything
from tests.webhooks.receiver import Receiver
from webhooks.dispatching import dispatch
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
NOT_FOUND = (400, {"error": "Webhook not found"})


@pytest.fixture
def try_out(post):
    """Have a test sent: `try_out(alice.key, "whk_…")`."""

    def send(key, webhook):
        answer = post(key=key, action="webhook.test", webhook=webhook)
        return answer.status, answer.json

    return send


def told(webhook):
    public_id = ids.parsed("whk", webhook)
    assert public_id is not None
    return list(Delivery.objects.filter(endpoint__public_id=public_id).order_by("id"))


def test_a_test_is_put_into_the_outbox_of_that_webhook_alone(alice, hook, try_out, held):
    first, second = (hook(alice).json["webhook"] for _ in range(2))
    status, answer = try_out(alice.key, first)
    event = Event.objects.get(kind="webhook.test")
    assert event.public_id is not None
    assert (status, answer) == (200, {"webhook": first, "event": ids.shown("evt", event.public_id)})
    (delivery,) = told(first)
    assert (delivery.event, delivery.state, delivery.due_at, delivery.tries) == (event, "due", clock.now(), 0)
    assert orjson.loads(delivery.body) == {
        "type": "webhook.test",
        "timestamp": "2027-01-15T08:00:00.250Z",
        "data": {"message": "This is a test. Nothing happened to your orders or your balance."},
    }
    assert told(second) == []


def test_it_is_written_down_who_asked(alice, hook, try_out):
    made = hook(alice).json["webhook"]
    try_out(alice.key, made)
    event = Event.objects.get(kind="webhook.test")
    assert (event.subject, event.subject_id) == ("webhook", Endpoint.objects.get().pk)
    assert (event.account_id, event.actor) == (alice.id, f"api:{alice.key[:12]}")


def test_whatever_it_subscribed_to_and_also_where_it_is_disabled(alice, hook, try_out):
    made = hook(alice, events="balance.low").json["webhook"]
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="failing")
    assert try_out(alice.key, made)[0] == 200
    assert len(told(made)) == 1
    assert Endpoint.objects.get().disabled_because == "failing"


def test_each_is_an_event_of_its_own(alice, hook, try_out):
    made = hook(alice).json["webhook"]
    answers = [try_out(alice.key, made)[1]["event"] for _ in range(3)]
    assert len(set(answers)) == 3
    assert [ids.shown("evt", each.event.public_id) for each in told(made)] == answers


@pytest.mark.parametrize("named", ["whk_", "whk_01HGA0W3BH00K2M8QW5T3R6Y0A", "x\0", "1"])
def test_what_names_no_webhook_is_not_found(alice, hook, try_out, named):
    hook(alice)
    before = everything()
    assert try_out(alice.key, named) == NOT_FOUND
    assert everything() == before


def test_one_of_another_key_or_account_or_a_removed_one_is_not_found(post, alice, bob, hook, try_out):
    made = hook(alice).json["webhook"]
    _, second = accounts.operations.issue_key(account_id=alice.id)
    before = everything()
    assert try_out(second, made) == try_out(bob.key, made) == NOT_FOUND
    assert everything() == before
    post(key=alice.key, action="webhook.remove", webhook=made)
    before = everything()
    assert try_out(alice.key, made) == NOT_FOUND
    assert everything() == before


def test_none_named_is_a_missing_parameter(alice, try_out):
    before = everything()
    assert try_out(alice.key, "") == (400, {"error": "Missing required parameter: webhook"})
    assert everything() == before


@committed
def test_a_read_only_key_may_test_since_no_setting_is_changed(alice, hook, try_out):
    made = hook(alice).json["webhook"]
    accounts.operations.edit_key(key_id=Endpoint.objects.get().api_key_id, read_only=True)
    before = everything()
    assert try_out(alice.key, made)[0] == 200
    after = everything()
    assert {name for name in after if after[name] != before[name]} == {"events", "deliveries"}


@committed
@pytest.mark.parametrize("disabled", [False, True])
def test_it_arrives_at_the_receiver_signed_with_the_secret_that_was_shown(alice, hook, try_out, disabled):
    with Receiver() as receiver:
        added = hook(alice, url=receiver.url, events="balance.low").json
        if disabled:
            Endpoint.objects.update(disabled_at=clock.now(), disabled_because="operator")
        asked = try_out(alice.key, added["webhook"])[1]
        assert dispatch() == 1
        (got,) = receiver.got
    assert got.headers["webhook-id"] == asked["event"]
    assert Webhook(added["secret"]).verify(got.body, got.headers)["type"] == "webhook.test"
    assert [each.state for each in told(added["webhook"])] == ["delivered"]
