"""The actions, each declared once: documentation, dialects and tests read the same declarations."""

from api_v2.actions.add import Add
from api_v2.actions.balance import Balance
from api_v2.actions.cancel import Cancel
from api_v2.actions.declaration import Action
from api_v2.actions.refill import Refill
from api_v2.actions.refill_status import RefillStatus
from api_v2.actions.services import Services
from api_v2.actions.status import Status

ACTIONS: dict[str, Action] = {
    action.name: action for action in (Balance(), Services(), Add(), Status(), Refill(), RefillStatus(), Cancel())
}

__all__ = ["ACTIONS", "Action"]
