"""`webhook.list`: the key's webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from api_v2.actions.declaration import Action, Example
from api_v2.actions.exemplary import WEBHOOK_ID
from api_v2.verdict import Caller
from webhooks.kinds import KINDS
from webhooks.models import Endpoint
from webhooks.queries import endpoints_of_key


@dataclass(frozen=True, slots=True)
class WebhooksListed:
    """The webhooks, oldest first."""

    endpoints: list[Endpoint]


LISTED = Endpoint(
    public_id=WEBHOOK_ID,
    url="https://example.com/hooks",
    events=["order.completed", "order.partial"],
    created_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
)


class WebhookList(Action):
    """The webhooks that this key has, oldest first, and whether anything is sent to them. Never their secrets."""

    name = "webhook.list"
    summary = "The webhooks of this key."
    words = {"events": tuple(KINDS), "status": ("active", "disabled")}
    examples = (Example({}, WebhooksListed([LISTED])),)

    def run(self, caller: Caller, params: Mapping[str, str]) -> WebhooksListed:
        """Return the key's webhooks."""
        return WebhooksListed(endpoints_of_key(caller.key_id))
