"""What an API key looks like: `np_live_`, 32 random bytes in base 62, and a checksum that catches typos."""

import hashlib
import secrets
import zlib

PREFIX = "np_live_"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY_LENGTH = 43  # 62**43 > 2**256
CHECK_LENGTH = 6  # 62**6 > 2**32
LENGTH = len(PREFIX) + BODY_LENGTH + CHECK_LENGTH


def new_key() -> str:
    """Return a new key of 57 characters."""
    body = _base62(secrets.randbits(256), BODY_LENGTH)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(key: str) -> bool:
    """Return whether this can be a key at all; a mistyped one is told without looking anything up."""
    if len(key) != LENGTH or not key.startswith(PREFIX) or not key.isascii():
        return False
    body = key[len(PREFIX) : -CHECK_LENGTH]
    return _checksum(body) == key[-CHECK_LENGTH:]


def digest(key: str) -> bytes:
    """Return the 32 bytes by which a key is known. The key has 256 random bits, so a plain hash keeps it."""
    return hashlib.sha256(key.encode()).digest()


def display_prefix(key: str) -> str:
    """Return the start of the key, by which its owner knows it: `np_live_4fKq`."""
    return key[: len(PREFIX) + 4]


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        letters.append(DIGITS[digit])
    return "".join(reversed(letters))
