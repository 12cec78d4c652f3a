"""The panel's secrets: made once and kept under PANEL_HOME, or given by an operator with his own database."""

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from typing import Protocol

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from notpanel.home import Home, HomeError, unusable

MAKE_DJANGO_KEY = """python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"""
MAKE_FERNET = """python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"""


class Environment(Protocol):
    """What is asked of django-environ here."""

    def str(self, var: str, default: str) -> str:
        """Return the variable's value, or that of the file NAME_FILE names."""


@dataclass(frozen=True)
class Secrets:
    """What must not be known outside: Django's key, the keys that encrypt at rest, two passwords."""

    django: str
    encryption: list[str]  # the first encrypts, each decrypts
    database: str  # the embedded PostgreSQL's role `notpanel`; empty with the operator's own
    superuser: str  # the embedded PostgreSQL's role `postgres`; likewise


def load(env: Environment, home: Home, *, embedded: bool) -> Secrets:
    """Return the secrets; with embedded services they are made on first use, and the environment wins.

    :raises ImproperlyConfigured: for one that is missing or cannot be used; it says what to set.
    :raises HomeError: when the home that keeps them cannot be read or written.
    """
    kept = kept_or_made(home) if embedded else {}
    django = _from_environment(env, "SECRET_KEY") or kept.get("SECRET_KEY", "")
    encryption = _from_environment(env, "ENCRYPTION_KEYS") or kept.get("ENCRYPTION_KEYS", "")
    if not django:
        raise ImproperlyConfigured(_missing("SECRET_KEY", MAKE_DJANGO_KEY))
    if not encryption:
        raise ImproperlyConfigured(_missing("ENCRYPTION_KEYS", MAKE_FERNET))
    return Secrets(
        django=django,
        encryption=_fernet_keys(encryption),
        database=kept.get("DATABASE_PASSWORD", ""),
        superuser=kept.get("POSTGRES_PASSWORD", ""),
    )


def kept_or_made(home: Home) -> dict[str, str]:
    """Return what PANEL_HOME/secrets.json holds, making the file when there is none.

    :raises HomeError: when it cannot be read or made, or was lost while its database is still there.
    """
    with contextlib.suppress(FileNotFoundError):
        return _read(home)
    if (home.postgres / "PG_VERSION").exists():
        raise HomeError(
            f"{home.secrets_file} is missing, and the database beside it cannot be opened without it. "
            "Restore it from a backup, or set PANEL_HOME to a new folder."
        )
    home.prepare()
    _make(home)
    return _read(home)


def _read(home: Home) -> dict[str, str]:
    try:
        kept = json.loads(home.secrets_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unusable(home.secrets_file, error) from error
    except ValueError as error:
        raise HomeError(f"{home.secrets_file} is damaged ({error}). Restore it from a backup.") from error
    if not isinstance(kept, dict):
        raise HomeError(f"{home.secrets_file} is damaged (no JSON object). Restore it from a backup.")
    return {name: str(value) for name, value in kept.items()}


def _make(home: Home) -> None:
    """Write the file beside its place and link it there: of two at once one wins, and both read the same."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_PASSWORD": secrets.token_urlsafe(24),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
    }
    descriptor, name = tempfile.mkstemp(dir=home.path, prefix="secrets-")  # 0600 by its contract
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(made, file, indent=1)
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(name, home.secrets_file)
    finally:
        os.unlink(name)


def _from_environment(env: Environment, name: str) -> str:
    try:
        return env.str(name, default="").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {error.filename}, which cannot be read: {error.strerror}."
        ) from error


def _missing(name: str, command: str) -> str:
    return (
        f"{name} is not set. With a database of your own the panel makes no secrets itself: set {name}, or "
        f"{name}_FILE to a file that holds it. Make one with: {command}"
    )


def _fernet_keys(text: str) -> list[str]:
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"Key {number} of {len(keys)} in ENCRYPTION_KEYS is not a Fernet key (32 bytes in URL-safe "
                f"base64, several separated by commas). Make one with: {MAKE_FERNET}"
            ) from None
    return keys
