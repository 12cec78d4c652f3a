"""What events are called on pages, and why nothing is sent to an endpoint."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webhooks.kinds import KINDS, TEST
from webhooks.models import Endpoint
from webhooks.standing import Standing, standing
from webhooks.states import Disabled

# By what stands before the dot in their names; a test compares them with webhooks/kinds.py.
GROUPS: dict[str, str | Promise] = {"order": _("Orders"), "refill": _("Refills"), "balance": _("Balance")}
WHEN: dict[str, str | Promise] = {
    "order.processing": _("The order was sent to be delivered"),
    "order.in_progress": _("Its delivery has begun"),
    "order.completed": _("All of it was delivered"),
    "order.partial": _("It ended with a part delivered"),
    "order.canceled": _("It was canceled"),
    "order.failed": _("It could not be delivered"),
    "order.refunded": _("Money went back to the balance"),
    "refill.completed": _("The refill was done"),
    "refill.rejected": _("The refill was refused"),
    "balance.low": _("A charge took the balance below your threshold"),
}
WHY: dict[str, str | Promise] = {
    Disabled.GONE: _("It answered 410 Gone, which asks us to send nothing more."),
    Disabled.FAILING: _("Nothing that was sent there was taken for days."),
    Disabled.OPERATOR: _("The operator disabled it, and only the operator can enable it again: ask them."),
    Disabled.OWNER: _("You disabled it."),
}
STANDS: dict[str, str | Promise] = {
    Standing.REMOVED: _("Nothing is sent there ever again."),
    Standing.KEY_REVOKED: _("Its API key is revoked: nothing is sent there ever again."),
    Standing.KEY_EXPIRED: _("Its API key has expired: nothing is sent there any more."),
    Standing.RESTING: _("So much failed there in a row that one message a minute is tried until one is taken."),
    Standing.FAILING: _("The last attempt failed; what was not taken is tried again."),
}
CHOSEN_FROM = [kind for kind in KINDS if kind != TEST]  # of a test every endpoint hears its own


def why(endpoint: Endpoint) -> str | Promise:
    """Return what has to be known of how the endpoint is doing, or nothing where all is well."""
    stands = standing(endpoint)
    return WHY[endpoint.disabled_because] if stands == Standing.DISABLED else STANDS.get(stands, "")


def grouped(choices: Iterable[Any]) -> list[tuple[str | Promise, list[Any]]]:
    """Return the checkboxes of a form's events under the names of their groups."""
    every = list(choices)
    return [
        (title, [each for each in every if each.data["value"].partition(".")[0] == group])
        for group, title in GROUPS.items()
    ]
