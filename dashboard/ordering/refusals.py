"""Why an order is not taken, as a sentence at the field that it is about."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import LINE_TYPES, ServiceType
from orders.operations import LinkInProgress, OrdersStopped, RequestConflict, ServiceNotFound
from orders.parameters import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from wallets.operations import InsufficientBalance

REFUSALS = (
    *(MissingParameter, InvalidParameter, QuantityBelow, QuantityAbove, InvalidCoupon),
    *(LinkInProgress, OrdersStopped, RequestConflict, ServiceNotFound, InsufficientBalance),
)
ONE_LINE = gettext_lazy("One line of at most 1000 characters.")
LINES = gettext_lazy("At most 100,000 bytes of plain text, one entry a line.")
NUMBER = gettext_lazy("Write a whole number.")
CHOICE = gettext_lazy("Choose one of them.")
INVALID: dict[str, str | Promise] = {
    "service": gettext_lazy("The service is a number."),
    "link": gettext_lazy("Write a whole web address, from http:// or https:// on, of at most 1000 characters."),
    "quantity": NUMBER,
    "interval": gettext_lazy("At least 1 minute, and at most ten years from the first run to the last."),
    "answer_number": gettext_lazy("A whole number from 1 to 10,000."),
    "posts": gettext_lazy("A whole number from 1 to 1,000,000."),
    "old_posts": gettext_lazy("A whole number up to 1,000,000."),
    "expiry": gettext_lazy("A day that is not over yet."),
    "min": NUMBER,
    "max": gettext_lazy("A whole number, not below the least for each post."),
    **dict.fromkeys(("device", "type_of_traffic", "delay"), CHOICE),
    **dict.fromkeys(("usernames", "hashtags", "comments", "groups", "keywords"), LINES),
}


class Objection(NamedTuple):
    """A sentence, and the parameter it is about; none where it is about the order as a whole."""

    name: str | None
    sentence: str


def objection(error: Exception, service_type: str, given: Mapping[str, str]) -> Objection:
    """Return what is to be said of a refusal, and where.

    :param given: the parameters that were refused.
    """
    if isinstance(error, MissingParameter):
        return Objection(error.name, _("This is needed."))
    if isinstance(error, InvalidParameter):
        return Objection(error.name, _invalid(error.name))
    if isinstance(error, QuantityBelow | QuantityAbove):
        return Objection(_counted(error, service_type, given), _bound(error, service_type))
    if isinstance(error, InvalidCoupon):
        return Objection("coupon", _("This coupon does not apply to this order."))
    if isinstance(error, LinkInProgress):
        sentence = _("Another order for this has not ended yet. Wait until it has, or cancel it.")
        return Objection("username" if service_type == ServiceType.SUBSCRIPTIONS else "link", sentence)
    return Objection(None, _whole(error))


def _invalid(name: str) -> str:
    if name == "runs":
        return _("From 2 to %(most)d runs; empty for one.") % {"most": settings.MOST_RUNS}
    return str(INVALID.get(name, ONE_LINE))


def _counted(error: QuantityBelow | QuantityAbove, service_type: str, given: Mapping[str, str]) -> str:
    """Return the parameter that the quantity was taken from."""
    if service_type != ServiceType.SUBSCRIPTIONS:
        return str(LINE_TYPES.get(ServiceType(service_type), "quantity"))
    least = given.get("min", "")
    too_low = isinstance(error, QuantityBelow) and least.isdigit() and int(least) < error.minimum
    too_high = isinstance(error, QuantityAbove) and least.isdigit() and int(least) > error.maximum
    return "min" if too_low or too_high or not least.isdigit() else "max"


def _bound(error: QuantityBelow | QuantityAbove, service_type: str) -> str:
    in_lines = service_type in LINE_TYPES
    if isinstance(error, QuantityBelow):
        least = {"count": error.minimum}
        if in_lines:
            return ngettext("At least %(count)d line.", "At least %(count)d lines.", error.minimum) % least
        return _("At least %(count)d.") % least
    most = {"count": error.maximum}
    if in_lines:
        return ngettext("At most %(count)d line.", "At most %(count)d lines.", error.maximum) % most
    return _("At most %(count)d.") % most


def _whole(error: Any) -> str:
    if isinstance(error, OrdersStopped):
        return _("No orders of this service are taken now: %(why)s") % {"why": error.text}
    if isinstance(error, RequestConflict):
        return _("This form has ordered something else already. If you want this as well, send it once more.")
    if isinstance(error, ServiceNotFound):
        return _("This service is not on sale. Choose another one.")
    return _("Your balance is too low for this order.")
