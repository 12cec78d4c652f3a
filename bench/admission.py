"""`python -m bench.admission`: what guards /api/v2 and how a request comes in, each beside the usual way.

The figures of docs/adr/0001 and 0002. One thread, one key, nothing else going on: the ratios are what carries over.
"""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from bench.panel import panel
from bench.rounds import Way, compare, table

ADDRESS = "203.0.113.1"
PLENTY = "100000000/m"


def main() -> None:
    """Measure both and print two tables."""
    with panel():
        key = _reseller()
        _lift_limits()
        print(table("Admitting a request (ADR 1)", compare(_guards(key))))
        print(table("A cached balance, from WSGI to WSGI (ADR 2)", compare(_doors(key))))


def _reseller() -> str:
    import accounts.operations

    user = accounts.operations.create_reseller(email="bench@example.com", password=None)
    accounts.operations.deposit(account_id=user.pk, amount=Decimal(100), reference="bench")
    return accounts.operations.issue_key(account_id=user.pk)[1]


def _lift_limits() -> None:
    # Counted, but never reached: a refusal would be less work.
    from django.conf import settings

    from accounts.models import Tier

    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_BALANCE_IP = 100_000_000
    settings.CACHE_SECONDS = 3600
    Tier.objects.update(requests_per_minute=100_000_000)


def _guards(key: str) -> dict[str, Way]:
    from django.core.cache import cache
    from django.test import RequestFactory
    from django_ratelimit.core import is_ratelimited

    import accounts.queries
    from accounts import keys
    from api_v2.admission import admit

    request = RequestFactory().post("/api/v2", REMOTE_ADDR=ADDRESS)
    digest = keys.digest(key)
    cache.set("balance", "100.00", 3600)

    def checks(*names: str) -> None:
        for name in names:
            assert not is_ratelimited(
                request, group=name, key=lambda group, request: f"{group}-1", rate=PLENTY, increment=True
            )

    def the_whole() -> None:
        checks("ip")
        row = accounts.queries.key_by_digest(digest)
        assert row is not None
        checks("key", "tier")
        cache.get("balance")

    return {
        "one script: three limits, key, account, tier and balance": lambda: admit(
            ADDRESS, key, free=False, free_by_form=False
        ),
        "one django-ratelimit check": lambda: checks("ip"),
        "three django-ratelimit checks": lambda: checks("ip", "key", "tier"),
        "the same, with the key by the ORM and the balance by Django's cache": the_whole,
    }


def _doors(key: str) -> dict[str, Way]:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.test import override_settings

    from api_v2 import door

    doors: dict[str, Callable[..., Any]] = {"a callable ahead of Django (api_v2/door.py)": door.application}
    settings.ROOT_URLCONF = "bench.views"
    with override_settings(MIDDLEWARE=[]):
        doors["a Django view without middleware"] = get_wsgi_application()
    doors["the same view under this panel's middleware"] = get_wsgi_application()
    body = urlencode({"key": key, "action": "balance"}).encode()
    return {name: _call(application, body) for name, application in doors.items()}


def _call(application: Callable[..., Any], body: bytes) -> Way:
    def call() -> None:
        answer = application(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/api/v2",
                "SCRIPT_NAME": "",
                "QUERY_STRING": "",
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_HOST": "localhost",
                "REMOTE_ADDR": ADDRESS,
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "wsgi.input": io.BytesIO(body),
                "wsgi.url_scheme": "http",
            },
            lambda status, headers: None,
        )
        assert b"".join(answer) == b'{"balance":"100.00","currency":"USD"}'
        if hasattr(answer, "close"):
            answer.close()

    return call


if __name__ == "__main__":
    main()
