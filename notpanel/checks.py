"""Wrong combinations of settings, each said with what to do. `manage.py check` and `doctor` run these."""

from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.http.request import validate_host

from accounts.models import DIALECTS
from kit.client_address import trusted
from webhooks import addresses

DAY = 86_400  # seconds


@checks.register(Tags.security)
def wrong_combinations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the settings as they stand together."""
    return [*_services(), *_numbers(), *_api(), *_proxies(), *_exposure(), *_mail(), *_webhooks()]


def _services() -> Iterator[CheckMessage]:
    if not settings.EMBEDDED and settings.CELERY_BROKER_URL.rpartition("/")[0] == settings.REDIS_URL.rpartition("/")[0]:
        yield checks.Warning(
            "The broker and the cache are one Redis server",
            hint="A cache evicts and forgets, a broker must not: set BROKER_URL to a Redis of its own "
            "(maxmemory-policy noeviction, appendonly yes).",
            id="notpanel.W001",
        )


def _numbers() -> Iterator[CheckMessage]:
    for name in ("PROVIDER_TIMEOUT", "FOLLOW_INTERVAL", "SWEEP_INTERVAL", "HOLD_HOURS", "STUCK_FACTOR", "MOST_RUNS"):
        if getattr(settings, name) < 1:
            yield Error(
                f"{name} is {getattr(settings, name)}", hint="It is a whole number above 0.", id="notpanel.E001"
            )
    for name in ("SYNC_INTERVAL", "PRICE_JUMP", "MOST_REFILLS"):
        if getattr(settings, name) < 0:
            yield Error(
                f"{name} is {getattr(settings, name)}",
                hint="It is a whole number from 0: SYNC_INTERVAL=0 never looks, PRICE_JUMP=0 holds every price back, "
                "MOST_REFILLS=0 refills no order.",
                id="notpanel.E012",
            )
    if settings.MARGIN_FLOOR >= 100:
        yield Error(
            f"MARGIN_FLOOR is {settings.MARGIN_FLOOR} percent",
            hint="It is what has to be left of a charge, below 100: with 100, no source would ever be cheap enough.",
            id="notpanel.E004",
        )
    if settings.PROVIDER_TIMEOUT > 60:
        yield Error(
            f"PROVIDER_TIMEOUT is {settings.PROVIDER_TIMEOUT} seconds",
            hint="At most 60: a worker that waits longer for one provider keeps all the others' orders waiting.",
            id="notpanel.E002",
        )
    if settings.MOST_RUNS > 10_000:
        yield Error(
            f"MOST_RUNS is {settings.MOST_RUNS}",
            hint="At most 10000: every run of a drip-feed order is a row that its `add` writes.",
            id="notpanel.E005",
        )


def _api() -> Iterator[CheckMessage]:
    if settings.API_DEFAULT_DIALECT not in DIALECTS:
        yield Error(
            f"API_DEFAULT_DIALECT is {settings.API_DEFAULT_DIALECT!r}",
            hint=f"Write one of {', '.join(DIALECTS)}: no key can be answered in another.",
            id="notpanel.E015",
        )
    if not 0 <= settings.DUPLICATES_WINDOW <= DAY:
        yield Error(
            f"DUPLICATES_WINDOW is {settings.DUPLICATES_WINDOW} seconds",
            hint=f"From 0, which never takes two orders for one, to {DAY}, a day: within it, a reseller who wants the "
            "same again gets the order he has.",
            id="notpanel.E016",
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
    yield from _address()


def _address() -> Iterator[CheckMessage]:
    host = _host(settings.PANEL_URL)
    if not host:
        yield Error(
            f"PANEL_URL {settings.PANEL_URL!r} is no address",
            hint="Write it whole, such as https://panel.example.com: links in mails begin with it.",
            id="notpanel.E017",
        )
    elif not validate_host(host if ":" not in host else f"[{host}]", settings.ALLOWED_HOSTS):
        yield checks.Warning(
            f"ALLOWED_HOSTS has no {host}, which PANEL_URL leads to",
            hint="The panel answers 400 to whoever follows a link from a mail: name it in ALLOWED_HOSTS.",
            id="notpanel.W011",
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "HTTPS is on, TRUSTED_PROXIES is empty",
            hint="The panel then believes nobody that a request came by https, and sends each there again, for ever: "
            "say how many proxies stand before it.",
            id="notpanel.W010",
        )


def _host(url: str) -> str:
    """Return the name in an address, or nothing where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in ("http", "https") else ""


def _mail() -> Iterator[CheckMessage]:
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        yield Error(
            "EMAIL_USE_TLS and EMAIL_USE_SSL are both on",
            hint="Keep one: TLS (STARTTLS) with port 587, or SSL with port 465.",
            id="notpanel.E006",
        )
    if not 1 <= settings.EMAIL_TIMEOUT <= 60:
        yield Error(f"EMAIL_TIMEOUT is {settings.EMAIL_TIMEOUT} seconds", hint="From 1 to 60.", id="notpanel.E009")
    if settings.SIGN_UP and not settings.EMAIL_HOST and not settings.DEMO:
        yield checks.Warning(
            "SIGN_UP is on, EMAIL_HOST is not set",
            hint="Nobody can sign up or reset a password without mail: set EMAIL_HOST, or SIGN_UP=off.",
            id="notpanel.W008",
        )
    if settings.OPERATOR_EMAIL and not settings.EMAIL_HOST:
        yield Error(
            "OPERATOR_EMAIL is set, EMAIL_HOST is not",
            hint="Nothing is mailed without a mail server: set EMAIL_HOST, or leave OPERATOR_EMAIL empty.",
            id="notpanel.E007",
        )
    if settings.OPERATOR_EMAIL or settings.EMAIL_HOST:  # with the latter people are mailed, whoever else is
        yield from _addresses()
    if settings.EMAIL_HOST:
        yield from _mail_server()
        yield from _links()


def _addresses() -> Iterator[CheckMessage]:
    wrong = [each for each in [*settings.OPERATOR_EMAIL, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]] if not _takes(each)]
    if wrong:
        yield Error(
            f"{wrong[0]!r} is no e-mail address",
            hint="OPERATOR_EMAIL and DEFAULT_FROM_EMAIL take addresses such as ops@example.com.",
            id="notpanel.E008",
        )


def _mail_server() -> Iterator[CheckMessage]:
    if settings.EMAIL_HOST_USER and not settings.EMAIL_HOST_PASSWORD:
        yield Error(
            "EMAIL_HOST_USER is set, EMAIL_HOST_PASSWORD is not",
            hint="Django then does not log in at all: set both, or neither.",
            id="notpanel.E010",
        )
    elif settings.EMAIL_HOST_USER and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        yield checks.Warning(
            "The mail server's password is sent in the clear",
            hint="Set EMAIL_USE_TLS=on (port 587) or EMAIL_USE_SSL=on (port 465).",
            id="notpanel.W004",
        )
    if (settings.EMAIL_USE_TLS and settings.EMAIL_PORT == 465) or (
        settings.EMAIL_USE_SSL and settings.EMAIL_PORT == 587
    ):
        yield checks.Warning(
            f"EMAIL_PORT {settings.EMAIL_PORT} speaks the other kind of encryption",
            hint="Port 587 goes with EMAIL_USE_TLS, port 465 with EMAIL_USE_SSL.",
            id="notpanel.W005",
        )


def _links() -> Iterator[CheckMessage]:
    """Tell of links in mails, all of which begin with PANEL_URL, that lead nowhere for whoever reads them."""
    if _host(settings.PANEL_URL) in {"localhost", "127.0.0.1", "::1", "0.0.0.0"}:  # noqa: S104 -- compared, not bound
        yield checks.Warning(
            f"Mails lead to {settings.PANEL_URL}, which is whoever reads them",
            hint="Set PANEL_URL to the address that people reach the panel by, such as https://panel.example.com.",
            id="notpanel.W009",
        )


def _webhooks() -> Iterator[CheckMessage]:
    try:
        addresses.networks(tuple(settings.WEBHOOK_ALLOW_NETWORKS))
    except ValueError as error:
        yield Error(
            f"WEBHOOK_ALLOW_NETWORKS cannot be read: {error}",
            hint="Write networks, separated by commas (127.0.0.0/8,::1/128), or leave it empty.",
            id="notpanel.E013",
        )
    if settings.WEBHOOK_PROXY and not _is_proxy(settings.WEBHOOK_PROXY):
        yield Error(
            "WEBHOOK_PROXY is not the address of a proxy",  # it may hold a password
            hint="Write http://host:port (or https://), with user:password@ where the proxy asks for it.",
            id="notpanel.E014",
        )
    if settings.WEBHOOK_ALLOW_HTTP:
        yield checks.Warning(
            "WEBHOOK_ALLOW_HTTP is on",
            hint="For development alone: what is told of orders and balances crosses the network in the clear.",
            id="notpanel.W006",
        )
    if settings.WEBHOOK_ALLOW_NETWORKS:
        yield checks.Warning(
            "WEBHOOK_ALLOW_NETWORKS is set",
            hint="For development alone: resellers can have the panel call what listens in these networks.",
            id="notpanel.W007",
        )


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname and parts.port) and parts.path in ("", "/")
    except ValueError:
        return False


def _takes(address: str) -> bool:
    try:
        EmailValidator(allowlist=["localhost"])(address)
    except ValidationError:
        return False
    return True
