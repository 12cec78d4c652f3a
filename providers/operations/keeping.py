"""Adding providers, and changing what is known of them."""

from dataclasses import dataclass, field
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
    checked_pace,
    checked_url,
)
from providers.operations.health import FAILING, mark_mended, tell_failing
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
    known = _known(provider_id)
    meant = _Meant(
        known=known,
        name=checked_name(name),
        url=checked_url(url),
        dialect=dialect or known.dialect,
        key=key and checked_key(key),
        calls_per_minute=checked_pace(calls_per_minute),
        low_balance=low_balance,
    )
    if meant.moves:
        _check_dialect(meant.dialect, meant.url, meant.key or _key_of(known, meant.dialect), proof)
    try:
        with transaction.atomic():
            _write(meant, actor)
    except IntegrityError:
        raise _taken(meant.name) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What a provider is to be from now on, beside what it was when it was asked about."""

    known: Provider
    name: str
    url: str
    dialect: str
    key: str = field(repr=False)  # empty: the one it has
    calls_per_minute: int | None
    low_balance: Decimal | None

    @property
    def moves(self) -> bool:
        """Return whether it is asked elsewhere from now on, or as somebody else."""
        return bool(self.key) or (self.url, self.dialect) != (self.known.url, self.known.dialect)

    def columns(self) -> dict[str, object]:
        """Return what is written."""
        pace: dict[str, object] = {
            "calls_per_minute": self.calls_per_minute,
            "next_call_at": None,  # a call that the old pace put off by minutes is not to hold up the new one
        }
        plain = {"name": self.name, "url": self.url, "low_balance": self.low_balance} | pace
        return plain | (_moved(dialect=self.dialect, key=self.key) if self.moves else {})

    def told(self) -> dict[str, object]:
        """Return what the event says of it."""
        low = None if self.low_balance is None else money.wire(self.low_balance)
        told: dict[str, object] = {
            "name": self.name,
            "url": self.url,
            "calls_per_minute": self.calls_per_minute,
            "low_balance": low,
        }
        return told | ({} if self.dialect == self.known.dialect else {"dialect": self.dialect})


def _write(meant: _Meant, actor: str) -> None:
    provider_id = meant.known.pk
    _change(meant.known, meant.columns())
    tell(provider_id, "provider.changed", actor=actor, data=meant.told())
    if meant.key:
        tell(provider_id, "provider.key_changed", actor=actor)
    if meant.moves:
        _trust_what_it_showed(provider_id, meant.dialect)
    judge_balance(provider_id)


def set_key(*, provider_id: int, key: str, proof: SpeaksStandard | None = None, actor: str = "") -> None:
    """Give a provider another key; the event says that it changed, not what it is.

    :param proof: that one of the standard dialect has been asked; without it, this is no call for a transaction.
    :raises ProviderRefused: where it cannot be a key, or somebody else changed the provider meanwhile.
    """
    key, known = checked_key(key), _known(provider_id)
    _check_dialect(known.dialect, known.url, key, proof)
    with transaction.atomic():
        _change(known, _moved(dialect=known.dialect, key=key))
        tell(provider_id, "provider.key_changed", actor=actor)
        _trust_what_it_showed(provider_id, known.dialect)


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


def _moved(*, dialect: str, key: str) -> dict[str, object]:
    """Return what is written where it is asked elsewhere, or as somebody else: at once, whatever failed before."""
    moved = {"dialect": dialect, "version": F("version") + 1, "ask_again_at": None, "ask_status_again_at": None}
    return moved | ({"key_encrypted": encryption.encrypt(key)} if key else {})


def _trust_what_it_showed(provider_id: int, dialect: str) -> None:
    """Have it fail no more where it was just asked and answered; of a classic one only its next order shows that."""
    if dialect == STANDARD:
        mark_mended(provider_id=provider_id)


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
