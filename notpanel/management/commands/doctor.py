"""Looks at every part of the panel and says what is wrong and what to do."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.core import checks
from django.db import DatabaseError, connection
from django.db.models import Q

import accounts.queries
import alerts.queries
import orders.queries
import webhooks.delivery_queries
from kit import clock
from kit.commands import Answer, PanelCommand
from kit.encryption import CannotDecrypt
from notpanel import health
from notpanel.health import Part
from orders.models import Purchase
from orders.states import PurchaseState
from providers.models import Provider
from providers.outcomes import CallFailed
from providers.queries import client_for

LARGEST_CLOCK_DIFFERENCE = 5  # seconds
LONGEST_WAIT = timedelta(hours=1)
LATELY = timedelta(days=7)
LONGEST_CALL = timedelta(minutes=10)  # a call takes PROVIDER_TIMEOUT at most; the sweep decides what took longer


class Command(PanelCommand):
    """`doctor`: exit status 0 when all is well."""

    help = "Says what is wrong with the panel and what to do: settings, services, clock, orders, webhooks, providers"

    def answer(self, given: Mapping[str, Any]) -> Answer:
        """Look at every part."""
        parts = list(_examine())
        wrong = [part for part in parts if part.problem]
        lines = [_line(part) for part in parts]
        lines.append("All is well." if not wrong else f"{len(wrong)} of {len(parts)} need attention.")
        data = {
            "well": not wrong,
            "parts": [
                {"name": part.name, "problem": part.problem, "remedy": part.remedy, "note": part.note} for part in parts
            ],
        }
        return Answer("\n".join(lines), data, well=not wrong)


def _line(part: Part) -> str:
    if not part.problem:
        return f"ok     {part.name}" + (f": {part.note}" if part.note else "")
    return f"WRONG  {part.name}: {part.problem}" + (f"\n       → {part.remedy}" if part.remedy else "")


def _examine() -> Iterator[Part]:
    yield from _settings()
    parts = [check() for check in health.CHECKS]
    yield from parts
    if any(part.name == "database" and part.problem for part in parts):
        return  # what follows asks the database
    yield _clock()
    yield from (_undecided(), _waiting(), _never_ended(), _stuck(), _mail(), _mails(), health.webhooks(), _endpoints())
    yield from (_provider(provider) for provider in Provider.objects.filter(active=True))


def _settings() -> Iterator[Part]:
    found = [each for each in checks.run_checks(include_deployment_checks=False) if not each.is_silenced()]
    for each in found:
        yield Part(f"settings ({each.id})", str(each.msg), str(each.hint or ""))
    if not found:
        yield Part("settings")


def _clock() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            (theirs,) = cursor.fetchone()
    except DatabaseError as error:
        return Part("clock", str(error).strip())
    difference = abs(float(theirs) - clock.timestamp())
    if difference <= LARGEST_CLOCK_DIFFERENCE:
        return Part("clock")
    return Part("clock", f"it is {difference:.0f} s away from PostgreSQL's", "keep both machines' time with NTP")


def _undecided() -> Part:
    name, count = "unknown purchases", orders.queries.undecided().order_by().count()
    if not count:
        return Part(name)
    which = "1 purchase is unknown" if count == 1 else f"{count} purchases are unknown"
    return Part(
        name, f"{which}: nobody knows whether it was placed", "decide: they are on the admin's first page, oldest first"
    )


def _waiting() -> Part:
    name, before = "waiting purchases", clock.now() - LONGEST_WAIT
    count = Purchase.objects.filter(state=PurchaseState.QUEUED, wanted_at__lt=before).count()
    if not count:
        return Part(name)
    return Part(
        name,
        f"{_purchases(count)} waited to be sent for over an hour",
        "see the worker and the providers here; in the admin: Purchases, state queued",
    )


def _never_ended() -> Part:
    name, before = "purchases being sent", clock.now() - LONGEST_CALL
    sent_again = Q(resent_at__gte=before)
    count = Purchase.objects.filter(state=PurchaseState.SUBMITTING, claimed_at__lt=before).exclude(sent_again).count()
    if not count:
        return Part(name)
    return Part(
        name,
        f"{_purchases(count)} been sending for over ten minutes, and no sweep has decided on it",
        "see that the Celery worker and beat run; in the admin: Purchases, state submitting",
    )


def _mail() -> Part:
    problem = alerts.queries.mail_problem()
    return Part("mail to the operator", problem or None, "see EMAIL_HOST and the settings beside it" if problem else "")


def _mails() -> Part:
    name, (count, problem) = "mails to people", accounts.queries.mail_problem()
    if not count:
        return Part(name)
    which = "1 mail" if count == 1 else f"{count} mails"
    return Part(
        name,
        f"{which} could not be sent: {problem}",
        "see EMAIL_HOST and the settings beside it; in the admin: Mails. Until it goes, nobody can sign up",
    )


def _stuck() -> Part:
    name, count = "stuck orders", orders.queries.stuck().count()
    if not count:
        return Part(name)
    which = "1 order takes" if count == 1 else f"{count} orders take"
    return Part(name, f"{which} far longer than is usual", "in the admin: Orders, filter stuck; ask the provider")


def _endpoints() -> Part:
    name, since = "webhook endpoints", clock.now() - LATELY
    count = webhooks.delivery_queries.disabled_by_themselves(since).count()
    if not count:
        return Part(name)
    which = "1 has disabled itself" if count == 1 else f"{count} have disabled themselves"
    return Part(name, note=f"{which} in the last {LATELY.days} days; in the admin: Endpoints, state disabled")


def _purchases(count: int) -> str:
    return "1 purchase has" if count == 1 else f"{count} purchases have"


def _provider(provider: Provider) -> Part:
    name = f"provider {provider.name}"
    try:
        client_for(provider).balance()
    except CannotDecrypt as error:
        return Part(name, "its key cannot be read", str(error))
    except CallFailed as error:
        return Part(name, str(error), "check its address and key in the admin, or pause it there")
    if provider.failing_since:
        return Part(
            name, f"failing since {provider.failing_since:%Y-%m-%d %H:%M} UTC: {provider.failure}", "see it there"
        )
    return Part(name)
