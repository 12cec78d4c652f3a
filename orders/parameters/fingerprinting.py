"""Telling whether a request that comes again is the same one."""

import hashlib
import json
from collections.abc import Mapping

# What a request is compared by when its request_id comes again (protocol.md, "Idempotency"): every parameter of every
# type. Digests of this order are kept for ever: a new name goes to the end.
KNOWN = (
    *("service", "link", "quantity", "runs", "interval", "coupon"),
    *("username", "usernames", "hashtags", "hashtag", "media", "comments", "answer_number", "groups", "keywords"),
    *("country", "device", "type_of_traffic", "google_keyword", "referring_url"),
    *("min", "max", "delay", "posts", "old_posts", "expiry"),
)


def fingerprint(params: Mapping[str, str]) -> bytes:
    """Return the digest (32 bytes) of the known parameters that are not empty, whatever their order."""
    known = [(name, params[name]) for name in KNOWN if params.get(name)]
    return hashlib.sha256(json.dumps(known).encode()).digest()
