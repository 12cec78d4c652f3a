"""Signatures by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com/), symmetric, version 1."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32  # the standard asks for 24 to 64


def new_secret() -> str:
    """Return a new secret as its owner is shown it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signing_key(secret: str) -> bytes:
    """Return the bytes that sign: what is in base64 behind `whsec_`."""
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)


def headers(event_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the three headers of one attempt.

    :param event_id: the same over all attempts, so that a receiver knows a repetition.
    :param timestamp: of this attempt, in seconds since 1970.
    :param keys: each signs; receivers take the message when one of the signatures is right.
    """
    content = b"%s.%d." % (event_id.encode(), timestamp) + body
    # Not hmac.digest: it gives way to other threads each time, and is then waited for by hundreds of attempts.
    signatures = (base64.b64encode(hmac.new(key, content, sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
