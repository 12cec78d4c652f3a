"""Every receiver of docs/webhooks.md takes what is genuine and refuses what is not: each is run as it stands there."""

import itertools
import time

import pytest

from kit import encryption
from tests.waiting import wait_until
from tests.webhooks.documented import free_port, programs, running
from webhooks import signing
from webhooks.dispatching import dispatch
from webhooks.models import Delivery
from webhooks.operations.endpoints import rotate_secret
from webhooks.operations.testing import send_test

pytestmark = pytest.mark.xdist_group("documented receivers")

VERIFYING = sorted(set(programs()) - {"look.py"})
SECRET, OTHER_SECRET = signing.new_secret(), signing.new_secret()
# Who reads the JSON and writes it again gets other bytes of this one.
BODY = r'{"type": "order.completed", "data": {"link": "https:\/\/example.com\/é\u00e9", "charge": 1.0}}'.encode()
SIGNATURE = "webhook-signature"
counted = itertools.count(1)


def sign(*secrets, age=0, body=BODY):
    """Return the headers of a delivery that was signed `age` seconds ago, each time of another event."""
    keys = [signing.signing_key(secret) for secret in secrets]
    return signing.headers(f"evt_{next(counted):026}", int(time.time()) - age, body, keys)


def signature(*secrets, **changes):
    return sign(*secrets, **changes)[SIGNATURE]


def without(name):
    return {key: value for key, value in sign(SECRET).items() if key != name}


def signed_as(write):
    """A delivery whose signature header is what `write` makes of the right one."""
    headers = sign(SECRET)
    return headers | {SIGNATURE: write(headers[SIGNATURE])}


GENUINE = {
    "signed with its secret": lambda: sign(SECRET),
    "signed with the new secret, and with the old one": lambda: sign(OTHER_SECRET, SECRET),
    "signed with its secret first, then with another": lambda: sign(SECRET, OTHER_SECRET),
    "signed in another of the standard's ways beside": lambda: signed_as(lambda right: f"v1a,c2lnbmF0dXJl {right}"),
    "signed four minutes ago": lambda: sign(SECRET, age=240),
    "by a clock that is four minutes fast": lambda: sign(SECRET, age=-240),
}
FALSE = {
    "signed with another secret": lambda: sign(OTHER_SECRET),
    "signed with two others": lambda: sign(OTHER_SECRET, signing.new_secret()),
    "signed for another body": lambda: sign(SECRET, body=BODY.replace(b"completed", b"partial")),
    "signed for a body with a space more": lambda: sign(SECRET, body=BODY + b" "),
    "signed for another event": lambda: sign(SECRET) | {"webhook-id": "evt_another"},
    "signed for another time": lambda: sign(SECRET, age=60) | {"webhook-timestamp": str(int(time.time()))},
    "signed ten minutes ago": lambda: sign(SECRET, age=600),
    "signed in ten minutes": lambda: sign(SECRET, age=-600),
    "without an id": lambda: without("webhook-id"),
    "without a time": lambda: without("webhook-timestamp"),
    "without a signature": lambda: without(SIGNATURE),
    "without any of the three": dict,
    "with an empty signature": lambda: signed_as(lambda right: ""),
    "with a version and no signature": lambda: signed_as(lambda right: "v1"),
    "with a version and an empty signature": lambda: signed_as(lambda right: "v1,"),
    "with commas": lambda: signed_as(lambda right: ",,,"),
    "with a signature that is no base64": lambda: signed_as(lambda right: "v1,***"),
    "with a signature beyond ASCII": lambda: signed_as(lambda right: "v1,é"),
    "with half of the signature": lambda: signed_as(lambda right: right[:-20]),
    "with the signature and no version": lambda: signed_as(lambda right: right.removeprefix("v1,")),
    "with the signature as another version's": lambda: signed_as(lambda right: right.replace("v1,", "v2,")),
    "with a word for a time": lambda: sign(SECRET) | {"webhook-timestamp": "now"},
    "with a time that is no number": lambda: sign(SECRET) | {"webhook-timestamp": "nan"},
    "with a time of 400 digits": lambda: sign(SECRET) | {"webhook-timestamp": "9" * 400},
    "with a time below nothing": lambda: sign(SECRET) | {"webhook-timestamp": "-1"},
}


@pytest.fixture(scope="module", params=VERIFYING)
def receiver(request):
    """One of the receivers, listening, with SECRET."""
    with running(request.param, SECRET) as receiver:
        yield receiver


@pytest.mark.parametrize("delivery", GENUINE)
def test_takes_what_is(receiver, delivery):
    headers = GENUINE[delivery]()
    assert receiver.post(headers, BODY) == 204
    seen = f"seen {headers['webhook-id']} order.completed"
    wait_until(lambda: seen in receiver.output, f"the receiver prints {seen!r}")


@pytest.mark.parametrize("delivery", FALSE)
def test_refuses_what_is(receiver, delivery):
    before = receiver.output.count("seen")
    assert receiver.post(FALSE[delivery](), BODY) == 400
    assert receiver.output.count("seen") == before


def test_goes_on_after_all_that(receiver):
    for delivery in FALSE.values():
        receiver.post(delivery(), b"\xff\x00 not JSON")
    assert receiver.post(sign(SECRET), BODY) == 204


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", VERIFYING)
def test_takes_what_the_panel_sends_also_while_its_secret_is_changed(name, alice, listen):
    port = free_port()
    endpoint = listen(alice, f"http://127.0.0.1:{port}/")
    secret = encryption.decrypt(endpoint.secret_encrypted)
    with running(name, secret, port) as receiver:
        send_test(endpoint_id=endpoint.pk)
        dispatch()
        rotate_secret(endpoint_id=endpoint.pk)
        send_test(endpoint_id=endpoint.pk)
        dispatch()
        assert [each.state for each in Delivery.objects.all()] == ["delivered", "delivered"]
        wait_until(lambda: receiver.output.count("webhook.test") == 2, "the receiver prints both")
