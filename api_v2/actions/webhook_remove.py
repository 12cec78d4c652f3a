"""`webhook.remove`: an address that is to hear nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api_v2.actions.declaration import Example
from api_v2.actions.exemplary import WEBHOOK, WEBHOOK_ID
from api_v2.actions.one_webhook import OneWebhook
from api_v2.verdict import Caller
from kit import clock
from webhooks.operations.endpoints import remove


@dataclass(frozen=True, slots=True)
class WebhookRemoved:
    """The webhook that was removed."""

    public_id: UUID


class WebhookRemove(OneWebhook):
    """Removes a webhook for good: what was still on its way there is not sent any more, and its place is free."""

    name = "webhook.remove"
    summary = "Stop posting to one of this key's webhooks."
    writes = True
    examples = (Example({"webhook": WEBHOOK}, WebhookRemoved(WEBHOOK_ID)),)

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows, and as `at` the moment of this call.

        By it a second try (second_try.py) knows what the first has removed.
        """
        return super().read(params, dialect) | {"at": clock.now().isoformat()}

    def run(self, caller: Caller, params: Mapping[str, str]) -> WebhookRemoved:
        """Remove the webhook."""
        endpoint = self.meant(caller, params)
        at = datetime.fromisoformat(params["at"])
        remove(endpoint_id=endpoint.pk, at=at, actor=f"api:{caller.key_prefix}")
        return WebhookRemoved(endpoint.public_id)
