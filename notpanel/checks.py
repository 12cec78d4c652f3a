"""Wrong combinations of settings, each said with what to do. `manage.py check` and `doctor` run these."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags

from kit.client_address import trusted


@checks.register(Tags.security)
def wrong_combinations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the settings as they stand together."""
    return [*_services(), *_numbers(), *_proxies(), *_exposure()]


def _services() -> Iterator[CheckMessage]:
    if not settings.EMBEDDED and settings.CELERY_BROKER_URL.rpartition("/")[0] == settings.REDIS_URL.rpartition("/")[0]:
        yield checks.Warning(
            "The broker and the cache are one Redis server",
            hint="A cache evicts and forgets, a broker must not: set BROKER_URL to a Redis of its own "
            "(maxmemory-policy noeviction, appendonly yes).",
            id="notpanel.W001",
        )


def _numbers() -> Iterator[CheckMessage]:
    for name in ("PROVIDER_TIMEOUT", "FOLLOW_INTERVAL", "SWEEP_INTERVAL", "HOLD_HOURS"):
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is {getattr(settings, name)}", hint="It is a whole number above 0.", id="notpanel.E001"
            )
    if settings.PROVIDER_TIMEOUT > 60:
        yield Error(
            f"PROVIDER_TIMEOUT is {settings.PROVIDER_TIMEOUT} seconds",
            hint="At most 60: a worker that waits longer for one provider keeps all the others' orders waiting.",
            id="notpanel.E002",
        )


def _proxies() -> Iterator[CheckMessage]:
    try:
        trusted(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        yield Error(
            f"TRUSTED_PROXIES cannot be read: {error}",
            hint="Write how many proxies there are (1), or their networks (10.0.0.0/8,fd00::/8).",
            id="notpanel.E003",
        )


def _exposure() -> Iterator[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield checks.Warning(
            "ALLOWED_HOSTS allows every host",
            hint="Name the panel's own: a forged Host then reaches e-mails and links.",
            id="notpanel.W002",
        )
    if settings.DEBUG and settings.HTTPS:
        yield checks.Warning(
            "DEBUG is on behind HTTPS",
            hint="DEBUG shows settings and code to whoever meets an error.",
            id="notpanel.W003",
        )
