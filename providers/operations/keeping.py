"""Adding providers, and changing what is known of them."""

from decimal import Decimal

from django.db import IntegrityError, transaction

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
from providers.operations.telling import tell


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
            tell(provider.pk, "provider.added", actor=actor, data={"name": name, "url": provider.url})
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
    actor: str = "",
) -> None:
    """Give a provider another name, address, pace, or balance below which the operator is told.

    :raises ProviderRefused: where one of them cannot be used.
    """
    name, url = checked_name(name), checked_url(url)
    if calls_per_minute is not None and calls_per_minute < 1:
        raise ProviderRefused("The calls per minute are a number above 0, or left empty.")
    changed: dict[str, object] = {"name": name, "url": url, "calls_per_minute": calls_per_minute}
    told = changed | {"low_balance": None if low_balance is None else money.wire(low_balance)}
    # A call that the old pace put off by minutes is not to hold up the new one.
    changed |= {"low_balance": low_balance, "next_call_at": None}
    try:
        with transaction.atomic():
            if not Provider.objects.filter(pk=provider_id).update(**changed):
                raise NoSuchProvider(f"There is no provider {provider_id}.")
            tell(provider_id, "provider.changed", actor=actor, data=told)
            judge_balance(provider_id)
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
        tell(provider_id, "provider.key_changed", actor=actor)


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
