"""What admission needs to know, kept in Redis as versioned records (kit/records.py) of this room's making.

`k:<digest>` a key: account, id, prefix, dialect, ro, ips, rpm, exp, and ended ("1": revoked, replaced or never issued)
`a:<account>` an account: tier, suspended
`t:<tier>` a tier: rpm

Beside them stands what admission notes of keys' use (accounts/operations/using.py): `use:n` how many requests of each
key, by its id, and `use:at` when the last of them was, in milliseconds.
"""

from accounts.addresses import ranges
from accounts.models import ApiKey, Tier, User
from kit.records import KEEP_MS, Record, write_after_commit

KEY, ACCOUNT, TIER = "k:", "a:", "t:"
USE_COUNT, USE_AT = "use:n", "use:at"
NEGATIVE_KEEP_MS = 60_000  # a storm of made-up keys is not to fill the cache


def key_record(key: ApiKey) -> Record:
    """Return a key's record. `exp` is in milliseconds, 0 for never; `rpm` 0 means the panel's default."""
    fields: dict[str, str | int] = {
        "account": key.account_id,
        "id": key.pk,
        "prefix": key.prefix,
        "dialect": key.dialect,
        "ro": int(key.read_only),
        "ips": ranges(key.allowed_ips),
        "rpm": key.requests_per_minute or 0,
        "exp": int(key.expires_at.timestamp() * 1000) if key.expires_at else 0,
        "ended": int(key.revoked_at is not None),
    }
    return Record(key_name(bytes(key.digest)), key.version, fields)


def ended_record(digest: bytes, version: int = 0) -> Record:
    """Return the record of a value that opens nothing; a tombstone has a version newer than any record of it."""
    return Record(key_name(digest), version, {"ended": 1}, KEEP_MS if version else NEGATIVE_KEEP_MS)


def account_record(user: User) -> Record:
    """Return an account's record."""
    return Record(
        f"{ACCOUNT}{user.pk}",
        user.version,
        {"tier": user.tier_id, "suspended": int(user.suspended_at is not None)},
    )


def tier_record(tier: Tier) -> Record:
    """Return a tier's record."""
    return Record(f"{TIER}{tier.pk}", tier.version, {"rpm": tier.requests_per_minute})


def key_changed(key: ApiKey) -> None:
    """Write the key's record after the commit."""
    write_after_commit(key_record(key))


def key_ended(digest: bytes, version: int) -> None:
    """Write a tombstone for the value after the commit: it ends at once."""
    write_after_commit(ended_record(digest, version))


def account_changed(account_id: int) -> None:
    """Write the account's record after the commit, as the transaction left it."""
    write_after_commit(account_record(User.objects.only("version", "tier_id", "suspended_at").get(pk=account_id)))


def tier_changed(tier: Tier) -> None:
    """Write the tier's record after the commit."""
    write_after_commit(tier_record(tier))


def key_name(digest: bytes) -> str:
    """Return the name of the record of the key with this digest."""
    return KEY + digest.hex()
