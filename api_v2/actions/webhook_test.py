"""`webhook.test`: trying a webhook out."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api_v2.actions.declaration import Example
from api_v2.actions.exemplary import TEST_EVENT_ID, WEBHOOK, WEBHOOK_ID
from api_v2.actions.one_webhook import OneWebhook
from api_v2.verdict import Caller
from webhooks.operations.testing import send_test


@dataclass(frozen=True, slots=True)
class WebhookTested:
    """The webhook, and the event that is being posted to it."""

    public_id: UUID
    event_id: UUID


class WebhookTest(OneWebhook):
    """Posts a `webhook.test` event to one webhook, whatever that subscribed to, also where it is disabled.

    It changes nothing, so that a read-only key may. Two tests that came of one call do no harm.
    """

    name = "webhook.test"
    summary = "Post a test event to one of this key's webhooks."
    examples = (Example({"webhook": WEBHOOK}, WebhookTested(WEBHOOK_ID, TEST_EVENT_ID)),)

    def run(self, caller: Caller, params: Mapping[str, str]) -> WebhookTested:
        """Have a test sent."""
        endpoint = self.meant(caller, params)
        event = send_test(endpoint_id=endpoint.pk, actor=f"api:{caller.key_prefix}")
        assert event.public_id is not None  # it was announced
        return WebhookTested(endpoint.public_id, event.public_id)
