"""Asking providers how they are, and keeping what they said."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

from kit import clock, stopping
from kit.encryption import CannotDecrypt
from providers import operations, queries
from providers.client import Client
from providers.models import Provider
from providers.outcomes import CallFailed, SlowDown

AT_ONCE = 8
PATIENCE = 10.0  # seconds that a provider's pace is waited for; who has no room then is asked the next time
LOOK_AGAIN = 0.25


@dataclass(frozen=True)
class Checked:
    """What a provider said of our balance there, or why it said nothing (`problem`, a sentence)."""

    provider_id: int
    name: str
    balance: Decimal | None = None
    currency: str = "USD"
    problem: str = ""


def ask_in_their_pace(providers: Sequence[Provider], *, patience: float = PATIENCE) -> list[Checked]:
    """Return what those providers say of our balance whose pace has room for a call within `patience` seconds."""
    checked: list[Checked] = []
    waiting, pause, until = list(providers), threading.Event(), clock.timestamp() + patience
    while waiting:
        ready = [provider for provider in waiting if operations.take_turn(provider.pk)]
        checked += ask_balances(ready)
        waiting = [provider for provider in waiting if provider not in ready]
        if not waiting or clock.timestamp() >= until or stopping.asked():
            break
        pause.wait(LOOK_AGAIN)
    return checked


def ask_balances(providers: Sequence[Provider], *, timeout: float | None = None) -> list[Checked]:
    """Return what each provider says of its balance; several are asked at once, all are kept."""
    with ThreadPoolExecutor(AT_ONCE) as pool:  # the database is left to this thread: pool threads hold no connection
        asked = [(provider, pool.submit(_balance, *_client(provider, timeout))) for provider in providers]
        return [_kept(provider, *future.result()) for provider, future in asked]


def _client(provider: Provider, timeout: float | None) -> tuple[Client | None, str]:
    try:
        return queries.client_for(provider, timeout=timeout), ""
    except CannotDecrypt as error:
        return None, f"Its key cannot be read: {error}."


def _balance(client: Client | None, problem: str) -> tuple[Decimal | None, str, str]:
    if client is None:
        return None, "USD", problem
    try:
        balance, currency = client.balance()
    except SlowDown:
        return None, "USD", ""  # it works, and is busy
    except CallFailed as error:
        return None, "USD", str(error)
    return balance, currency, ""


def _kept(provider: Provider, balance: Decimal | None, currency: str, problem: str) -> Checked:
    if problem:
        operations.mark_failing(provider_id=provider.pk, why=problem, at="balance")
    elif balance is not None:
        operations.record_balance(provider_id=provider.pk, balance=balance, currency=currency)
        operations.mark_working(provider_id=provider.pk, at="balance")
    return Checked(provider.pk, provider.name, balance, currency, problem or _busy(balance))


def _busy(balance: Decimal | None) -> str:
    return "" if balance is not None else "The provider asks for fewer calls; ask again in a minute."
