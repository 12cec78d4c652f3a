"""What the tests of webhooks' pages share: their addresses, and all that a press of a button could have changed."""

from typing import Any

from events.models import Event
from webhooks.models import Delivery, Endpoint

LIST = "/dashboard/webhooks"
BUTTONS = ("test", "rotate", "disable", "enable", "remove", "resend")


def page(endpoint: Endpoint, *rest: str) -> str:
    """Return the address of the endpoint's page, or of one under it."""
    return "/".join([LIST, endpoint.shown_id, *rest])


def everything() -> list[Any]:
    """Return every endpoint, delivery and event there is."""
    return [list(model.objects.order_by("pk").values()) for model in (Endpoint, Delivery, Event)]


def said(answer: object) -> list[str]:
    """Return what a redirect says when it has arrived."""
    return [str(each) for each in answer.context["messages"]]  # type: ignore[attr-defined] # the client's own
