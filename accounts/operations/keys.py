"""Issuing keys and taking them back. A value is returned once and kept nowhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

import events.operations
from accounts import cached, keys
from accounts.addresses import network
from accounts.models import DIALECTS, KEYS_PER_ACCOUNT, ApiKey
from kit import clock

LONGEST_NAME = 100
MOST_PER_MINUTE = 2**31 - 1


class KeyLimitReached(Exception):
    """The account has its ten active keys."""


class MadeAlready(Exception):
    """This request has made its key, whose value was shown then."""


class RotatedAlready(Exception):
    """The key has another value by now than the one that was to be replaced."""


class InvalidKeySetting(ValueError):
    """A key cannot have this name, dialect or number of requests per minute."""


def issue_key(
    *,
    account_id: int,
    name: str = "",
    dialect: str = "",
    read_only: bool = False,
    allowed_ips: list[str] | None = None,
    requests_per_minute: int | None = None,
    expires_at: datetime | None = None,
    asked: UUID | None = None,
    actor: str = "",
) -> tuple[ApiKey, str]:
    """Make a key and return its row and its value, the only time the value is seen.

    :param dialect: how it is answered; without one, in API_DEFAULT_DIALECT.
    :param asked: what the request is known by: one makes one key, however often it comes.
    :raises MadeAlready: where the request has made one.
    :raises KeyLimitReached: at ten active keys.
    :raises InvalidKeySetting: where the name, dialect or requests per minute cannot be kept.
    :raises InvalidNetwork: where an allowed address is none.
    """
    value = keys.new_key()
    wanted = _checked(
        {
            "name": name,
            "dialect": dialect or settings.API_DEFAULT_DIALECT,
            "read_only": read_only,
            "allowed_ips": allowed_ips or [],
            "requests_per_minute": requests_per_minute,
            "expires_at": expires_at,
        }
    ) | {"asked": asked}
    with transaction.atomic():
        key = _into_a_free_slot(account_id, value, wanted)
        _record("api_key.issued", key, actor)
    return key, value


def _checked(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a key's settings in their normal spelling, so that what the table refuses is said in words."""
    checked = dict(wanted)
    if "name" in checked:
        checked["name"] = checked["name"].strip()
        if len(checked["name"]) > LONGEST_NAME:
            raise InvalidKeySetting(f"a key's name has at most {LONGEST_NAME} characters")
    if checked.get("dialect", DIALECTS[0]) not in DIALECTS:
        raise InvalidKeySetting(f"{checked['dialect']!r} is no dialect: use one of {', '.join(DIALECTS)}")
    per_minute = checked.get("requests_per_minute")
    if per_minute is not None and not 1 <= per_minute <= MOST_PER_MINUTE:
        raise InvalidKeySetting("requests per minute are a number above zero, or empty for the panel's default")
    if "allowed_ips" in checked:
        checked["allowed_ips"] = [network(each) for each in checked["allowed_ips"]]
    return checked


def _into_a_free_slot(account_id: int, value: str, wanted: dict[str, Any]) -> ApiKey:
    # A slot that someone else takes at this instant is refused by the unique index; the next look finds another.
    for _ in range(KEYS_PER_ACCOUNT):
        if wanted["asked"] and ApiKey.objects.filter(account_id=account_id, asked=wanted["asked"]).exists():
            raise MadeAlready("this form has made its key")
        active = ApiKey.objects.filter(account_id=account_id, revoked_at__isnull=True)
        free = sorted(set(range(1, KEYS_PER_ACCOUNT + 1)) - set(active.values_list("slot", flat=True)))
        if not free:
            break
        try:
            with transaction.atomic():
                return ApiKey.objects.create(
                    account_id=account_id,
                    slot=free[0],
                    prefix=keys.display_prefix(value),
                    digest=keys.digest(value),
                    created_at=clock.now(),
                    **wanted,
                )
        except IntegrityError as error:
            if "api_key_unique_slot" not in str(error) and "api_key_once_a_form" not in str(error):
                raise
    raise KeyLimitReached(f"at most {KEYS_PER_ACCOUNT} active keys: revoke one first")


def edit_key(*, key_id: int, actor: str = "", **changes: Any) -> ApiKey:
    """Change a key's settings (name, dialect, read_only, allowed_ips, requests_per_minute, expires_at).

    :raises InvalidKeySetting: where the name, dialect or requests per minute cannot be kept.
    :raises InvalidNetwork: where an allowed address is none.
    """
    changes = _checked(changes)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key_id)
        for field, value in changes.items():
            setattr(key, field, value)
        key.version += 1
        key.save(update_fields=[*changes, "version"])
        cached.key_changed(key)
        _record("api_key.edited", key, actor, sorted(changes))
    return key


def regenerate_key(*, key_id: int, prefix: str = "", actor: str = "") -> tuple[ApiKey, str]:
    """Give the key a new value; the old one stops at once, its settings and webhooks stay.

    :param prefix: of the value that is to be replaced; empty for whichever it has.
    :raises ApiKey.DoesNotExist: where the key is unknown or revoked.
    :raises RotatedAlready: where it has another value than that.
    """
    value = keys.new_key()
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key_id, revoked_at__isnull=True)
        if prefix and key.prefix != prefix:
            raise RotatedAlready("two asked for it at once")
        old_digest = bytes(key.digest)
        key.digest, key.prefix, key.version = keys.digest(value), keys.display_prefix(value), key.version + 1
        key.save(update_fields=["digest", "prefix", "version"])
        cached.key_ended(old_digest, key.version)
        _record("api_key.regenerated", key, actor)
    return key, value


def revoke_key(*, key_id: int, actor: str = "", reason: str = "") -> bool:
    """Stop the key at once; return whether it was active."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(pk=key_id)
        if key.revoked_at is not None:
            return False
        key.revoked_at, key.version = clock.now(), key.version + 1
        key.save(update_fields=["revoked_at", "version"])
        cached.key_ended(bytes(key.digest), key.version)
        _record("api_key.revoked", key, actor, reason=reason)
    return True


def _record(kind: str, key: ApiKey, actor: str, changed: list[str] | None = None, reason: str = "") -> None:
    events.operations.record(
        kind=kind,
        subject="api_key",
        subject_id=key.pk,
        account_id=key.account_id,
        data={"prefix": key.prefix, "name": key.name} | ({"changed": changed} if changed else {}),
        actor=actor,
        reason=reason,
    )
