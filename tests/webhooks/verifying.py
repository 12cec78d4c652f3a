"""The standard's own library verifies what the panel really sends, and while a secret is changed both secrets do."""

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

import wallets.operations
from kit import clock, encryption
from tests.webhooks.receiver import status
from webhooks.dispatching import dispatch
from webhooks.models import Delivery
from webhooks.operations import endpoints
from webhooks.operations.testing import send_test

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST_ID = "Bestellung № 1: für Zoë ☃"


@pytest.fixture
def endpoint(alice, listen, receiver):
    """An address of alice's, which takes what comes."""
    return listen(alice, receiver.url)


@pytest.fixture
def move(monkeypatch):
    """Move the panel's clock away from the real one: `move(hours=-25)`."""
    real = clock.timestamp

    def to(**away):
        seconds = timedelta(**away).total_seconds()
        monkeypatch.setattr(clock, "timestamp", lambda: real() + seconds)

    return to


def secret_of(endpoint):
    endpoint.refresh_from_db()
    return encryption.decrypt(endpoint.secret_encrypted)


def verified(secret, got):
    """Return the event, where the library finds that it was signed with this secret."""
    return Webhook(secret).verify(got.body, got.headers)


def refused(secret, got):
    with pytest.raises(WebhookVerificationError, match="No matching signature found"):
        verified(secret, got)


def test_whatever_is_sent_is_verified_by_the_library(alice, service, post, endpoint, receiver):
    order = {"service": service.id, "quantity": 1000, "link": "https://example.com/é", "request_id": REQUEST_ID}
    placed = post(key=alice.key, action="add", **order).json["order"]
    assert post(key=alice.key, action="cancel", order=placed).json == {"cancel": placed}
    wallets.operations.charge(account_id=alice.id, amount=Decimal("95"), reference="order:0:charge")
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    secret, bodies = secret_of(endpoint), Delivery.objects.order_by("id").values_list("body", flat=True)
    told = {event["type"]: event["data"] for event in (verified(secret, got) for got in receiver.got)}
    assert sorted(told) == ["balance.low", "order.canceled", "order.refunded", "webhook.test"]
    assert told["order.canceled"]["request_id"] == REQUEST_ID
    assert sorted(got.body.decode() for got in receiver.got) == sorted(bodies)
    assert {got.headers["webhook-id"][:4] for got in receiver.got} == {"evt_"}


def test_what_was_changed_on_its_way_is_refused_by_the_library(endpoint, receiver):
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    (got,) = receiver.got
    secret = secret_of(endpoint)
    assert verified(secret, got) == orjson.loads(got.body)
    for body, headers in [
        (got.body + b" ", got.headers),
        (got.body, got.headers | {"webhook-id": "evt_another"}),
        (got.body, got.headers | {"webhook-timestamp": str(int(got.headers["webhook-timestamp"]) + 1)}),
    ]:
        with pytest.raises(WebhookVerificationError, match="No matching signature found"):
            Webhook(secret).verify(body, headers)


def test_each_address_has_a_secret_of_its_own(alice, bob, listen, receiver):
    alices, bobs = listen(alice, receiver.url + "alice"), listen(bob, receiver.url + "bob")
    for endpoint in (alices, bobs):
        send_test(endpoint_id=endpoint.pk)
    dispatch()
    (for_alice,), (for_bob,) = receiver.at_path("/alice"), receiver.at_path("/bob")
    assert verified(secret_of(alices), for_alice)["type"] == verified(secret_of(bobs), for_bob)["type"]
    refused(secret_of(alices), for_bob)
    refused(secret_of(bobs), for_alice)


def test_what_is_sent_again_has_the_same_id_and_a_signature_of_its_time(endpoint, receiver, move):
    receiver.answers = [status(500)]
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    move(seconds=60)
    dispatch()
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 59
    assert verified(secret_of(endpoint), first) == verified(secret_of(endpoint), second)


@pytest.mark.parametrize("since", [timedelta(0), timedelta(hours=23, minutes=59)])
def test_both_secrets_verify_for_a_day_after_the_secret_was_changed(endpoint, receiver, move, since):
    old = secret_of(endpoint)
    move(seconds=-since.total_seconds())
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    move(seconds=0)
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    (got,) = receiver.got
    assert new != old
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    assert verified(new, got) == verified(old, got) == orjson.loads(got.body)


def test_a_day_later_only_the_new_secret_does(endpoint, receiver, move):
    old = secret_of(endpoint)
    move(hours=-24, seconds=-1)
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    move(seconds=0)
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    (got,) = receiver.got
    assert len(got.headers["webhook-signature"].split(" ")) == 1
    assert verified(new, got) == orjson.loads(got.body)
    refused(old, got)


def test_what_was_made_before_the_change_is_signed_with_both_when_it_is_sent(endpoint, receiver):
    old = secret_of(endpoint)
    send_test(endpoint_id=endpoint.pk)
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    dispatch()
    (got,) = receiver.got
    assert verified(new, got) == verified(old, got)


def test_changed_twice_in_a_day_the_oldest_secret_stops_at_once(endpoint, receiver):
    oldest = secret_of(endpoint)
    old = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    send_test(endpoint_id=endpoint.pk)
    dispatch()
    (got,) = receiver.got
    assert verified(new, got) == verified(old, got)
    refused(oldest, got)
