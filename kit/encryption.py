"""Secrets at rest: encrypted with the first of ENCRYPTION_KEYS, readable with any of them."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotDecrypt(Exception):
    """None of ENCRYPTION_KEYS opens this secret: the key it was written with has been removed."""


def encrypt(secret: str) -> str:
    """Return the secret as a token that only ENCRYPTION_KEYS open."""
    return _keyring().encrypt(secret.encode()).decode()


def decrypt(token: str) -> str:
    """Return the secret that `encrypt` was given.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens the token.
    """
    try:
        return _keyring().decrypt(token.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt(
            "a stored secret was encrypted with a key that is not in ENCRYPTION_KEYS: put that key back at the "
            "end of the list, then run `manage.py rotate_encryption`"
        ) from None


def reencrypt(token: str) -> str:
    """Return the same secret encrypted with the first key.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens the token.
    """
    return encrypt(decrypt(token))


def _keyring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
