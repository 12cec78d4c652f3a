"""What happened to an order, in words: what its owner may know, and who did it.

The same table keeps which provider was asked, what it answered, and why the operator decided what: a kind that is not
named here is not shown, and of those that are neither data beyond what the words take nor the reason.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

import accounts.queries
from accounts.models import User
from dashboard.templatetags.panel import usd
from events.models import Event
from orders.models import Order, Refill

MOST = 200  # of one order, the latest: a subscription has as many as it has posts
BY_KEY = "api:"

Words = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, when, in words, and by whom."""

    at: datetime
    said: str
    by: str


def _says(words: Callable[[], str]) -> Words:
    return lambda _data: words()


def _placed(data: Mapping[str, Any]) -> str:
    if of := data.get("subscription"):
        return _("Placed for a post of %(subscription)s") % {"subscription": of}
    return _("Placed for %(charge)s") % {"charge": _money(data.get("charge"))}


def _post_charged(data: Mapping[str, Any]) -> str:
    told = {"charge": _money(data.get("charge")), "quantity": data.get("quantity", "")}
    return _("A post of %(quantity)s was charged: %(charge)s") % told


def _money(amount: Any) -> str:
    return usd(Decimal(str(amount or 0)))


SAID: dict[str, Words] = {
    "order.placed": _placed,
    "order.pending": _says(lambda: _("Waits to be sent again")),
    "order.processing": _says(lambda: _("Sent to be delivered")),
    "order.in_progress": _says(lambda: _("Delivery has begun")),
    "order.completed": _says(lambda: _("Delivered")),
    "order.partial": _says(lambda: _("Ended with a part delivered")),
    "order.canceled": _says(lambda: _("Canceled")),
    "order.failed": _says(lambda: _("Could not be delivered")),
    "order.refunded": lambda data: _("%(refund)s went back to your balance") % {"refund": _money(data.get("refund"))},
    "order.cancel_requested": _says(lambda: _("Canceling was asked for")),
    "purchase.cancel_refused": _says(lambda: _("It could not be canceled: delivery goes on")),
    "subscription.post_charged": _post_charged,
    "subscription.post_owed": lambda data: (
        _("A post waits for a balance of %(needs)s") % {"needs": _money(data.get("needs"))}
    ),
    "subscription.paused": lambda data: (
        _("Paused until the balance is %(needs)s") % {"needs": _money(data.get("needs"))}
    ),
    "subscription.resumed": _says(lambda: _("Goes on")),
    "subscription.cancel_requested": _says(lambda: _("Its end was asked for")),
    "subscription.completed": _says(lambda: _("All its posts have come")),
    "subscription.expired": _says(lambda: _("Its last day is over")),
    "subscription.canceled": _says(lambda: _("Ended")),
    "refill.requested": _says(lambda: _("A refill was asked for")),
    "refill.in_progress": _says(lambda: _("The refill has begun")),
    "refill.completed": _says(lambda: _("The refill is done")),
    "refill.rejected": _says(lambda: _("The refill was rejected")),
}


def history_of(order: Order, refills: Iterable[Refill], reader: User) -> list[Happening]:
    """Return what happened to the order and its refills, the latest first."""
    told = list(_latest("order", [order.pk]))
    if numbers := [each.pk for each in refills]:
        told += _latest("refill", numbers)
    latest = sorted(told, key=attrgetter("id"), reverse=True)[:MOST]
    own = {reader.email}
    if any("@" in each.actor and each.actor not in own for each in latest):
        own = accounts.queries.addresses_of(reader.pk)
    return [Happening(each.at, SAID[each.kind](each.data), by_whom(each.actor, own)) for each in latest]


def _latest(subject: str, numbers: list[int]) -> Iterable[Event]:
    return Event.objects.filter(subject=subject, subject_id__in=numbers, kind__in=SAID).order_by("-id")[:MOST]


def by_whom(actor: str, own: Collection[str]) -> str:
    """Return who did something, as the account's owner is told: no operator's address is anybody's business.

    :param own: the addresses that the account has, and has had.
    """
    if not actor:
        return _("the panel")
    if actor in own:
        return _("you")
    if actor.startswith(BY_KEY):
        return _("API key %(prefix)s…") % {"prefix": actor.removeprefix(BY_KEY)}
    return _("the panel's operator")
