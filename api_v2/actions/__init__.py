"""The actions, each declared once: documentation, dialects and tests read the same declarations."""

from api_v2.actions.add import Add
from api_v2.actions.balance import Balance
from api_v2.actions.cancel import Cancel
from api_v2.actions.declaration import Action
from api_v2.actions.refill import Refill
from api_v2.actions.refill_status import RefillStatus
from api_v2.actions.services import Services
from api_v2.actions.status import Status
from api_v2.actions.webhook_add import WebhookAdd
from api_v2.actions.webhook_list import WebhookList
from api_v2.actions.webhook_remove import WebhookRemove
from api_v2.actions.webhook_test import WebhookTest

ORDERING: tuple[Action, ...] = (Balance(), Services(), Add(), Status(), Refill(), RefillStatus(), Cancel())
LISTENING: tuple[Action, ...] = (WebhookAdd(), WebhookList(), WebhookRemove(), WebhookTest())
ACTIONS: dict[str, Action] = {action.name: action for action in ORDERING + LISTENING}

__all__ = ["ACTIONS", "Action"]
