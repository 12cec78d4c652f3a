"""Every write to providers. None of these speaks to a provider inside a transaction."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from events.operations import record
from kit import clock, encryption, money
from kit.transitions import change_if, change_one
from providers.models import DIALECTS, Provider

MOST_UNKNOWN_IN_A_ROW = 3  # one can be a bad moment; three are an outage


class ProviderRefused(Exception):
    """What was given for a provider cannot be kept; the message says what to do."""


class NameTaken(ProviderRefused):
    """Another provider has this name."""


class NoSuchProvider(ProviderRefused):
    """There is no provider with this id."""


def add_provider(*, name: str, url: str, key: str, dialect: str = "classic", actor: str = "") -> Provider:
    """Return a new provider, active at once.

    :raises ProviderRefused: where name, URL, key or dialect cannot be used.
    """
    name = checked_name(name)
    if dialect not in dict(DIALECTS):
        raise ProviderRefused(f"The dialect {dialect!r} is not known: use one of {', '.join(dict(DIALECTS))}.")
    provider = Provider(
        name=name, url=checked_url(url), key_encrypted=encryption.encrypt(checked_key(key)), dialect=dialect
    )
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
            _tell(provider.pk, "provider.added", actor=actor, data={"name": name, "url": provider.url})
    except IntegrityError:
        raise _taken(name) from None
    return provider


def change_provider(*, provider_id: int, name: str, url: str, calls_per_minute: int | None, actor: str = "") -> None:
    """Give a provider another name, address or pace.

    :raises ProviderRefused: where one of them cannot be used.
    """
    name, url = checked_name(name), checked_url(url)
    if calls_per_minute is not None and calls_per_minute < 1:
        raise ProviderRefused("The calls per minute are a number above 0, or left empty.")
    changed: dict[str, object] = {"name": name, "url": url, "calls_per_minute": calls_per_minute}
    try:
        with transaction.atomic():
            if not Provider.objects.filter(pk=provider_id).update(**changed):
                raise NoSuchProvider(f"There is no provider {provider_id}.")
            _tell(provider_id, "provider.changed", actor=actor, data=changed)
    except IntegrityError:
        raise _taken(name) from None


def set_key(*, provider_id: int, key: str, actor: str = "") -> None:
    """Give a provider another key; the event says that it changed, not what it is.

    :raises ProviderRefused: where it cannot be a key.
    """
    token = encryption.encrypt(checked_key(key))
    with transaction.atomic():
        if not Provider.objects.filter(pk=provider_id).update(key_encrypted=token):
            raise NoSuchProvider(f"There is no provider {provider_id}.")
        _tell(provider_id, "provider.key_changed", actor=actor)


def reencrypt_key(*, provider_id: int) -> None:
    """Encrypt a provider's stored key with the first of ENCRYPTION_KEYS; a key set meanwhile stays as it is.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens it.
    """
    token = Provider.objects.values_list("key_encrypted", flat=True).get(pk=provider_id)
    Provider.objects.filter(pk=provider_id, key_encrypted=token).update(key_encrypted=encryption.reencrypt(token))


@transaction.atomic
def pause(*, provider_id: int, actor: str = "", reason: str = "") -> bool:
    """Send a provider no new orders; return whether it was active."""
    if not Provider.objects.filter(pk=provider_id, active=True).update(active=False):
        return False
    _tell(provider_id, "provider.paused", actor=actor, reason=reason)
    return True


@transaction.atomic
def resume(*, provider_id: int, actor: str = "", reason: str = "") -> bool:
    """Send a provider orders again; return whether it was paused."""
    if not Provider.objects.filter(pk=provider_id, active=False).update(active=True):
        return False
    _tell(provider_id, "provider.resumed", actor=actor, reason=reason)
    return True


def record_balance(*, provider_id: int, balance: Decimal, currency: str = "USD") -> None:
    """Keep what a provider says we have there.

    :raises NoSuchProvider: where it has been removed meanwhile.
    """
    change_one(
        "UPDATE providers_provider SET last_balance = %(balance)s, currency = %(currency)s,"
        " balance_at = %(now)s WHERE id = %(id)s RETURNING id",
        {"id": provider_id, "balance": money.rounded(balance), "currency": currency, "now": clock.now()},
        NoSuchProvider(f"There is no provider {provider_id}."),
    )


@transaction.atomic
def mark_failing(*, provider_id: int, why: str, at: str = "add") -> bool:
    """Note that a provider cannot serve us, since now or since before; return whether that is news.

    The first of many callers writes the event; those after it only bring the reason up to date. Not taking orders
    is the worst: it stands over the others.

    :param at: what it fails at: `add`, `status` or `balance`.
    """
    why = why.strip()[:500] or "no reason given"
    news = change_if(
        "UPDATE providers_provider SET failing_since = %(now)s, failure = %(why)s, failing_at = %(at)s"
        " WHERE id = %(id)s AND failing_since IS NULL RETURNING id",
        {"id": provider_id, "why": why, "at": at, "now": clock.now()},
    )
    if news is None:
        known = Provider.objects.filter(pk=provider_id, failing_since__isnull=False)
        known = known if at == "add" else known.filter(failing_at=at)
        known.exclude(failure=why, failing_at=at).update(failure=why, failing_at=at)
        return False
    _tell(provider_id, "provider.failing", reason=why, data={"at": at})
    return True


@transaction.atomic
def rest(*, provider_id: int, why: str) -> None:
    """Note that a provider takes no orders, and send it none for a while: 2 s at first, 60 s at last."""
    mark_failing(provider_id=provider_id, why=why)
    change_if(
        "UPDATE providers_provider SET ask_again_at = %(now)s"
        " + least(greatest((%(now)s - failing_since) / 4, interval '2 s'), interval '60 s')"
        " WHERE id = %(id)s RETURNING id",
        {"id": provider_id, "now": clock.now()},
    )


@transaction.atomic
def count_unknown(*, provider_id: int, why: str) -> None:
    """Note that nobody knows what came of an order; from the third in a row on, the provider rests."""
    row = change_if(
        "UPDATE providers_provider SET unknown_in_a_row = unknown_in_a_row + 1 WHERE id = %(id)s"
        " RETURNING unknown_in_a_row",
        {"id": provider_id},
    )
    if row is not None and row[0] >= MOST_UNKNOWN_IN_A_ROW:
        rest(provider_id=provider_id, why=why)


@transaction.atomic
def mark_working(*, provider_id: int, at: str = "add") -> bool:
    """Note that a provider did well at what it failed at; return whether that is news.

    :param at: what it did: `add`, `status` or `balance`.
    """
    if at == "add":
        Provider.objects.filter(pk=provider_id, unknown_in_a_row__gt=0).update(unknown_in_a_row=0)
    news = change_if(
        "UPDATE providers_provider SET failing_since = NULL, failure = '', failing_at = '', ask_again_at = NULL"
        " WHERE id = %(id)s AND failing_since IS NOT NULL AND failing_at = %(at)s RETURNING id",
        {"id": provider_id, "at": at},
    )
    if news is None:
        return False
    _tell(provider_id, "provider.working", data={"at": at})
    return True


def checked_name(name: str) -> str:
    """Return the name without spaces around it.

    :raises ProviderRefused: where none is left, or more than 100 characters.
    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise ProviderRefused("A provider's name has 1 to 100 printable characters.")
    return name


def checked_url(url: str) -> str:
    """Return the address of a provider's API.

    :raises ProviderRefused: where it is no http(s) URL, or carries a user name, a password or a fragment.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 500 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ProviderRefused(f"{url[:200]!r} is no address: write it like https://provider.example/api/v2")
    if "@" in parts.netloc:
        raise ProviderRefused("The address of a provider carries no user name or password: give the key apart.")
    if parts.fragment:
        raise ProviderRefused("The address of a provider has no part after '#'.")
    return parts.geturl()


def checked_key(key: str) -> str:
    """Return the key without spaces around it.

    :raises ProviderRefused: where none is left, or it has spaces inside.
    """
    key = key.strip()
    if not key or len(key) > 500 or not key.isprintable() or re.search(r"\s", key):
        raise ProviderRefused("A provider's key has 1 to 500 printable characters and no spaces.")
    return key


def _taken(name: str) -> NameTaken:
    return NameTaken(f"There is a provider named {name!r} already: choose another name, or change that one.")


def _tell(
    provider_id: int, kind: str, *, actor: str = "", reason: str = "", data: dict[str, object] | None = None
) -> None:
    record(kind=kind, subject="provider", subject_id=provider_id, actor=actor, reason=reason, data=data)
