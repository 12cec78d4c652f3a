"""Secrets at rest: read with any of the keys, written with the first, and rotated."""

import pytest
from cryptography.fernet import Fernet

from kit.encryption import CannotDecrypt, decrypt, encrypt, reencrypt

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
LOST = (
    "a stored secret was encrypted with a key that is not in ENCRYPTION_KEYS: put that key back at the end of the "
    "list, then run `manage.py rotate_encryption`"
)


@pytest.fixture
def written_with_old(settings):
    """Return a secret's token of before the rotation."""
    settings.ENCRYPTION_KEYS = [OLD]
    return encrypt("its key")


@pytest.mark.parametrize("secret", ["its key", "", "ключ 🔑", "x" * 10_000, "a\0b"])
def test_a_secret_is_read_back_and_stands_nowhere_in_its_token(secret):
    token = encrypt(secret)
    assert decrypt(token) == secret
    assert not secret or secret not in token


def test_the_same_secret_twice_has_two_tokens():
    assert encrypt("its key") != encrypt("its key")


def test_an_older_key_still_reads(settings, written_with_old):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(written_with_old) == "its key"


def test_what_is_written_needs_the_first_key_alone(settings):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    token = encrypt("its key")
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(token) == "its key"
    settings.ENCRYPTION_KEYS = [OLD]
    with pytest.raises(CannotDecrypt):
        decrypt(token)


def test_after_rotation_the_older_key_may_go(settings, written_with_old):
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    token = reencrypt(written_with_old)
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(token) == "its key"


@pytest.mark.parametrize("read", [decrypt, reencrypt])
def test_without_its_key_a_secret_is_not_read_and_one_is_told_what_to_do(settings, written_with_old, read):
    settings.ENCRYPTION_KEYS = [NEW, OTHER]
    with pytest.raises(CannotDecrypt) as refusal:
        read(written_with_old)
    assert str(refusal.value) == LOST


@pytest.mark.parametrize("token", ["", "its key", "gAAAAA", "ключ"])
def test_what_is_no_token_is_not_read(token):
    with pytest.raises(CannotDecrypt):
        decrypt(token)


def test_a_token_that_was_changed_is_not_read():
    token = encrypt("its key")
    changed = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    with pytest.raises(CannotDecrypt):
        decrypt(changed)
