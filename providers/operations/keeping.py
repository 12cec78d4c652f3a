"""Adding providers, and changing what is known of them."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts.operations import clear_all_of
from kit import encryption, money
from providers.models import DIALECTS, Provider
from providers.operations.balances import judge_balance
from providers.operations.checks import (
    NameTaken,
    NoSuchProvider,
    ProviderRefused,
    checked_key,
    checked_name,
    checked_url,
)
from providers.operations.health import FAILING, tell_failing
from providers.operations.speaking import STANDARD, SpeaksStandard, ask_for_standard
from providers.operations.telling import tell


def add_provider(
    *,
    name: str,
    url: str,
    key: str,
    dialect: str = "classic",
    proof: SpeaksStandard | None = None,
    actor: str = "",
) -> Provider:
    """Return a new provider, active at once. One of the standard dialect is asked first whether it speaks it.

    :param proof: that it has been asked; without it, this is no call for a transaction.
    :raises ProviderRefused: where name, URL, key or dialect cannot be used.
    """
    name, url, key = checked_name(name), checked_url(url), checked_key(key)
    _check_dialect(dialect, url, key, proof)
    provider = Provider(name=name, url=url, key_encrypted=encryption.encrypt(key), dialect=dialect)
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
            tell(provider.pk, "provider.added", actor=actor, data={"name": name, "url": url} | _told(dialect))
    except IntegrityError:
        raise _taken(name) from None
    return provider


def change_provider(
    *,
    provider_id: int,
    name: str,
    url: str,
    calls_per_minute: int | None,
    low_balance: Decimal | None,
    dialect: str | None = None,
    key: str = "",
    proof: SpeaksStandard | None = None,
    actor: str = "",
) -> None:
    """Give a provider another name, address, pace, balance below which the operator is told, dialect or key.

    One of the standard dialect is asked first whether the new address and key speak it.

    :param dialect: None keeps the one it has; so does an empty `key`.
    :param proof: that it has been asked; without it, this is no call for a transaction.
    :raises ProviderRefused: where one of them cannot be used, or somebody else changed the provider meanwhile.
    :raises CannotDecrypt: where a kept key is needed and none of ENCRYPTION_KEYS opens it.
    """
    name, url, key = checked_name(name), checked_url(url), key and checked_key(key)
    if calls_per_minute is not None and calls_per_minute < 1:
        raise ProviderRefused("The calls per minute are a number above 0, or left empty.")
    known = _known(provider_id)
    dialect = dialect or known.dialect
    moved = bool(key) or (url, dialect) != (known.url, known.dialect)
    if moved:
        _check_dialect(dialect, url, key or _key_of(known, dialect), proof)
    changed: dict[str, object] = {"name": name, "url": url, "calls_per_minute": calls_per_minute}
    told = changed | {"low_balance": None if low_balance is None else money.wire(low_balance)}
    told |= {} if dialect == known.dialect else {"dialect": dialect}
    # A call that the old pace put off by minutes is not to hold up the new one.
    changed |= {"low_balance": low_balance, "next_call_at": None}
    if moved:
        changed |= {"dialect": dialect, "version": F("version") + 1}
    if key:
        changed |= {"key_encrypted": encryption.encrypt(key)}
    try:
        with transaction.atomic():
            _change(known, changed)
            tell(provider_id, "provider.changed", actor=actor, data=told)
            if key:
                tell(provider_id, "provider.key_changed", actor=actor)
            judge_balance(provider_id)
    except IntegrityError:
        raise _taken(name) from None


def set_key(*, provider_id: int, key: str, proof: SpeaksStandard | None = None, actor: str = "") -> None:
    """Give a provider another key; the event says that it changed, not what it is.

    :param proof: that one of the standard dialect has been asked; without it, this is no call for a transaction.
    :raises ProviderRefused: where it cannot be a key, or somebody else changed the provider meanwhile.
    """
    key, known = checked_key(key), _known(provider_id)
    _check_dialect(known.dialect, known.url, key, proof)
    with transaction.atomic():
        _change(known, {"key_encrypted": encryption.encrypt(key), "version": F("version") + 1})
        tell(provider_id, "provider.key_changed", actor=actor)


def _known(provider_id: int) -> Provider:
    known = Provider.objects.filter(pk=provider_id).first()
    if known is None:
        raise NoSuchProvider(f"There is no provider {provider_id}.")
    return known


def _key_of(known: Provider, dialect: str) -> str:
    return encryption.decrypt(known.key_encrypted) if dialect == STANDARD else ""


def _check_dialect(dialect: str, url: str, key: str, proof: SpeaksStandard | None) -> None:
    if dialect not in dict(DIALECTS):
        raise ProviderRefused(f"The dialect {dialect!r} is not known: use one of {', '.join(dict(DIALECTS))}.")
    if dialect == STANDARD and proof != SpeaksStandard(url, key):
        ask_for_standard(url=url, key=key)


def _change(known: Provider, changed: dict[str, object]) -> None:
    # What was asked about is what is changed: its version rises with each of URL, key and dialect.
    if not Provider.objects.filter(pk=known.pk, version=known.version).update(**changed):
        _known(known.pk)
        raise ProviderRefused(f"{known.name} was changed by somebody else at this moment: look at it, and try again.")


def _told(dialect: str) -> dict[str, object]:
    return {} if dialect == "classic" else {"dialect": dialect}


def reencrypt_key(*, provider_id: int) -> None:
    """Encrypt a provider's stored key with the first of ENCRYPTION_KEYS; a key set meanwhile stays as it is.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens it.
    """
    token = Provider.objects.values_list("key_encrypted", flat=True).get(pk=provider_id)
    Provider.objects.filter(pk=provider_id, key_encrypted=token).update(key_encrypted=encryption.reencrypt(token))


@transaction.atomic
def pause(*, provider_id: int, actor: str = "", reason: str = "") -> bool:
    """Send a provider no new orders; return whether it was active.

    What the operator was told of it and its list is over: nobody buys there or asks. How its open orders are is still
    asked, so that it does not say goes on being a cause.
    """
    if not Provider.objects.filter(pk=provider_id, active=True).update(active=False):
        return False
    tell(provider_id, "provider.paused", actor=actor, reason=reason)
    still = [FAILING] if Provider.objects.filter(pk=provider_id, failing_at="status").exists() else []
    for area in ("provider", "sync"):
        clear_all_of(area=area, subject_id=provider_id, but=still)
    return True


@transaction.atomic
def resume(*, provider_id: int, actor: str = "", reason: str = "") -> bool:
    """Send a provider orders again; return whether it was paused. What is still wrong with it is told anew."""
    if not Provider.objects.filter(pk=provider_id, active=False).update(active=True):
        return False
    tell(provider_id, "provider.resumed", actor=actor, reason=reason)
    tell_failing(provider_id)
    judge_balance(provider_id)
    return True


def _taken(name: str) -> NameTaken:
    return NameTaken(f"There is a provider named {name!r} already: choose another name, or change that one.")
