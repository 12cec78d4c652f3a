"""`webhook.list`: the key's webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_v2.actions.declaration import Action, Example
from api_v2.actions.one_webhook import WEBHOOK
from api_v2.verdict import Caller
from webhooks.models import Endpoint
from webhooks.queries import endpoints_of_key


@dataclass(frozen=True, slots=True)
class WebhooksListed:
    """The webhooks, oldest first."""

    endpoints: list[Endpoint]


class WebhookList(Action):
    """The webhooks that this key has, oldest first, and whether anything is sent to them. Never their secrets."""

    name = "webhook.list"
    summary = "The webhooks of this key."
    examples = (
        Example(
            {},
            [
                {
                    "webhook": WEBHOOK,
                    "url": "https://example.com/hooks",
                    "events": ["order.completed", "order.partial"],
                    "status": "active",
                    "created_at": "2026-11-22T09:30:00.000Z",
                }
            ],
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> WebhooksListed:
        """Return the key's webhooks."""
        return WebhooksListed(endpoints_of_key(caller.key_id))
