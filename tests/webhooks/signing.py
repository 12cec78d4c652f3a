"""Signatures are those of Standard Webhooks: its published example, and its own library as the judge."""

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from kit import ids
from webhooks import signing

# The example that every one of the standard's libraries is tested by
# (https://github.com/standard-webhooks/standard-webhooks, libraries/*/tests).
PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
PUBLISHED_BODY = b'{"test": 2432232314}'

secrets = st.binary(min_size=24, max_size=64).map(lambda key: signing.PREFIX + base64.b64encode(key).decode())
event_ids = st.one_of(
    st.builds(lambda: ids.shown("evt", ids.new_id())), st.from_regex(r"[A-Za-z0-9_-]+", fullmatch=True)
)
timestamps = st.integers(0, 2**33)
bodies = st.text().map(lambda text: text.encode("utf-8", "ignore"))


def signed(secret, event_id, timestamp, body):
    return signing.headers(event_id, timestamp, body, [signing.signing_key(secret)])


def test_the_published_example_is_signed_as_published():
    assert signed(PUBLISHED_SECRET, PUBLISHED["webhook-id"], 1614265330, PUBLISHED_BODY) == PUBLISHED


@given(secrets, event_ids, timestamps, bodies)
def test_whatever_is_signed_has_the_signature_that_the_library_makes(secret, event_id, timestamp, body):
    by_library = Webhook(secret).sign(event_id, datetime.fromtimestamp(timestamp, UTC), body.decode())
    assert signed(secret, event_id, timestamp, body) == {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": by_library,
    }


@given(secrets, event_ids, bodies)
def test_whatever_is_signed_now_is_verified_by_the_library(secret, event_id, body):
    now = int(datetime.now(UTC).timestamp())
    Webhook(secret).verify(body, signed(secret, event_id, now, body), json_parse=False)


@given(secrets, secrets, bodies)
def test_of_two_signatures_each_secret_finds_its_own(new, old, body):
    now = int(datetime.now(UTC).timestamp())
    both = signing.headers("evt_1", now, body, [signing.signing_key(new), signing.signing_key(old)])
    assert both["webhook-signature"].split(" ") == [
        signed(new, "evt_1", now, body)["webhook-signature"],
        signed(old, "evt_1", now, body)["webhook-signature"],
    ]
    Webhook(new).verify(body, both, json_parse=False)
    Webhook(old).verify(body, both, json_parse=False)


@given(secrets, bodies, st.data())
def test_a_body_with_one_byte_changed_is_refused_by_the_library(secret, body, data):
    body += b"."
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    now = int(datetime.now(UTC).timestamp())
    headers = signed(secret, "evt_1", now, body)
    with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
        Webhook(secret).verify(changed, headers, json_parse=False)


def test_a_new_secret_is_32_random_bytes_in_base64_behind_the_standards_prefix():
    made = {signing.new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
        assert len(signing.signing_key(secret)) == 32


def test_a_secret_that_is_no_base64_signs_nothing():
    with pytest.raises(ValueError, match="Only base64 data is allowed"):
        signing.signing_key("whsec_not-base64")
