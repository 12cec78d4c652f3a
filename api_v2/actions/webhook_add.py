"""`webhook.add`: an address that is to hear what happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from api_v2.actions.declaration import Action, Example, Kind, Parameter
from api_v2.actions.exemplary import WEBHOOK_ID
from api_v2.verdict import Caller
from kit import ids
from orders.parameters import InvalidParameter, MissingParameter
from webhooks.kinds import KINDS
from webhooks.operations.endpoints import EndpointLimitReached, UnknownKind, add
from webhooks.urls import InvalidUrl, NotPublic


@dataclass(frozen=True, slots=True)
class WebhookAdded:
    """The webhook as it was made, with its secret; no `events`: all of them."""

    public_id: UUID
    url: str
    events: list[str]
    secret: str = field(repr=False)


class WebhookAdd(Action):
    """Has events of the whole account posted to a URL, signed with the secret that this answer alone shows.

    At most five for each key, whose settings they follow: with a new value of the key they stay, revoked with it they
    hear nothing more.
    """

    name = "webhook.add"
    summary = "Have events posted to a URL of yours."
    writes = True
    parameters = (
        Parameter(
            "url",
            "An https URL that resolves to public addresses only, at port 443 or one from 1024.",
            "https://example.com/hooks",
            required=True,
            kind=Kind.URL,
        ),
        Parameter(
            "events",
            "Names of events, separated by commas. Without it: all of them, also those that are still to come.",
            "order.completed,order.partial",
            kind=Kind.LIST,
        ),
    )
    words = {"events": tuple(KINDS)}
    errors = (MissingParameter, InvalidParameter, NotPublic, UnknownKind, EndpointLimitReached)
    examples = (
        Example(
            {"url": "https://example.com/hooks", "events": "order.completed,order.partial"},
            WebhookAdded(
                public_id=WEBHOOK_ID,
                url="https://example.com/hooks",
                events=["order.completed", "order.partial"],
                secret="whsec_c2lnbmVkIHdpdGggdGhpczsga25vd24gdG8gdHdvLi4=",  # noqa: S106 -- the example's, nobody's
            ),
        ),
    )

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows, and as `webhook` the id of the one that this call makes.

        Chosen before it is tried, so that a second try (second_try.py) finds by it what the first has written.
        """
        return super().read(params, dialect) | {"webhook": str(ids.new_id())}

    def run(self, caller: Caller, params: Mapping[str, str]) -> WebhookAdded:
        """Make the webhook, or return the one that the first try made."""
        try:
            endpoint, secret = add(
                api_key_id=caller.key_id,
                url=params["url"],
                events_wanted=_names(params),
                public_id=UUID(params["webhook"]),
                actor=f"api:{caller.key_prefix}",
            )
        except InvalidUrl:
            raise InvalidParameter("url") from None
        return WebhookAdded(endpoint.public_id, endpoint.url, endpoint.events, secret)


def _names(params: Mapping[str, str]) -> list[str]:
    """Return the names in `events`; where it is absent, none.

    :raises InvalidParameter: where it is there and names nothing: that is not a wish for all of them.
    """
    if "events" not in params:
        return []
    names = [each.strip() for each in params["events"].split(",") if each.strip()]
    if not names:
        raise InvalidParameter("events")
    return names
