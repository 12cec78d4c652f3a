"""What a new panel begins with under `make up`: an operator, a catalogue to try, and a reseller with money.

Each step looks whether it was done before, so it can be interrupted and run again.
"""

import json
import os
import secrets
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

import accounts.operations
from accounts import keys
from accounts.models import ApiKey, User
from accounts.queries import account_by_email, key_by_digest
from catalog.models import Source
from providers.demo.running import key_from
from providers.models import Provider
from providers.operations import add_provider, change_provider
from providers.queries import provider_named

OPERATOR = "operator@panel.example"
RESELLER = "reseller@panel.example"
PROVIDER = "Demo provider"
OPENING_MONEY = Decimal(100)
MARKUP = "50"
ACTOR = "first run"


def prepare(say: Callable[[str], None]) -> None:
    """Make whatever of the first data is missing, and bring `first-run.json` to what works now."""
    path = settings.HOME.first_run_file
    made = {**_read(path), "address": settings.PANEL_URL, "admin": f"{settings.PANEL_URL}/admin/"}
    made |= _operator(made, say)
    provider = _provider(say)
    made["provider"] = provider.url
    if not Source.objects.filter(provider=provider).exists():
        call_command("import_services", provider.name, markup=MARKUP)
    made |= _reseller(made, say)
    _write(path, made)


def _operator(made: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Return the operator's log-in for as long as it is the one made here."""
    user = account_by_email(OPERATOR)
    if user is None and not User.objects.filter(is_staff=True).exists():
        password = secrets.token_urlsafe(12)
        accounts.operations.create_operator(email=OPERATOR, password=password, actor=ACTOR)
        say(f"made the operator {OPERATOR}")
        return {"email": OPERATOR, "password": password}
    works = user is not None and user.check_password(str(made.get("password") or ""))
    return {} if works else {"email": None, "password": None}


def _provider(say: Callable[[str], None]) -> Provider:
    url = f"http://127.0.0.1:{settings.DEMO_PROVIDER_PORT}/api/v2"
    provider = provider_named(PROVIDER)
    if provider is None:
        key = key_from(settings.HOME.path / "demo-provider.key")
        provider = add_provider(name=PROVIDER, url=url, key=key, actor=ACTOR)
        say(f"added the provider {PROVIDER!r} at {url}")
    elif provider.url != url:  # another PORT than at the last start
        change_provider(
            provider_id=provider.pk,
            name=PROVIDER,
            url=url,
            calls_per_minute=provider.calls_per_minute,
            low_balance=provider.low_balance,
            actor=ACTOR,
        )
        provider.refresh_from_db()
    return provider


def _reseller(made: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Return the reseller's log-in and key for as long as they open."""
    user = account_by_email(RESELLER)
    if user is None:
        user = accounts.operations.create_reseller(email=RESELLER, password=None, actor=ACTOR)
        say(f"made the reseller {RESELLER}")
    accounts.operations.deposit(
        account_id=user.pk, amount=OPENING_MONEY, reference=ACTOR, actor=ACTOR, reason="money to try with"
    )
    return _log_in(user, made) | _key(user, made)


def _log_in(user: User, made: dict[str, Any]) -> dict[str, Any]:
    if not user.has_usable_password():
        password = secrets.token_urlsafe(12)
        accounts.operations.set_password(user=user, password=password, actor=ACTOR)
        return {"reseller_email": RESELLER, "reseller_password": password}
    works = user.check_password(str(made.get("reseller_password") or ""))
    return {} if works else {"reseller_email": None, "reseller_password": None}


def _key(user: User, made: dict[str, Any]) -> dict[str, Any]:
    if made.get("api_key"):
        key = key_by_digest(keys.digest(made["api_key"]))
        return {} if key is not None and key.revoked_at is None else {"api_key": None}
    return {"api_key": _new_key(user)}


def _new_key(user: User) -> str | None:
    made_before = ApiKey.objects.filter(account=user, name=ACTOR, revoked_at__isnull=True).first()
    if made_before is None:
        # What the README and the documentation show of it is the standard dialect's, whatever other keys speak.
        return accounts.operations.issue_key(account_id=user.pk, name=ACTOR, dialect="standard", actor=ACTOR)[1]
    # A run that was interrupted between making the key and writing it down: nobody has seen its value.
    if not settings.HOME.first_run_file.exists():
        return accounts.operations.regenerate_key(key_id=made_before.pk, actor=ACTOR)[1]
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return made if isinstance(made, dict) else {}


def _write(path: Path, made: dict[str, Any]) -> None:
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({name: value for name, value in made.items() if value}, file, indent=2)
    draft.replace(path)
