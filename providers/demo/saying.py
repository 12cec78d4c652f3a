"""What a status answer says of an order: the truth, or what panels say instead of it."""

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order, Progress
from providers.demo.oddities import oddly

# What is said after the end, one answer after the other.
ONCE = {
    Behaviour.PARTIAL_THEN_CANCELED: ("Partial", "Canceled"),
    Behaviour.CANCELED_THEN_COMPLETED: ("Canceled", "Completed"),
}
IN_TURN = ("Completed", "Canceled", "Partial", "In progress")


def status_answer(order: Order, now_at: Progress, before: int, currency: str) -> dict[str, object]:
    """Return the answer about an order, of which so many answers were given `before` at this stage."""
    status, remains, charge = _said(order, now_at, before)
    answer: dict[str, object] = {
        "charge": f"{charge:.8f}",
        "start_count": str(order.start_count),
        "status": status,
        "remains": str(remains),
        "currency": currency,
    }
    return oddly(answer, order.order) if order.behaviour is Behaviour.ODD_SPELLING else answer


def _said(order: Order, now_at: Progress, before: int) -> tuple[str, int, object]:
    if order.behaviour is Behaviour.BACKWARDS and not now_at.ended and before % 2:
        return "Pending", order.quantity, order.charge
    if not now_at.ended or order.canceled_at is not None:
        return now_at.status, now_at.remains, now_at.charge
    if order.behaviour is Behaviour.CONTRADICTS:
        return _as(IN_TURN[before % len(IN_TURN)], order, now_at)
    if words := ONCE.get(order.behaviour):
        return _as(words[min(before, 1)], order, now_at)
    return now_at.status, now_at.remains, now_at.charge


def _as(status: str, order: Order, now_at: Progress) -> tuple[str, int, object]:
    """Return what would stand beside this status, were it true."""
    if status == "Completed":
        return status, 0, order.charge
    if status == "Canceled":
        return status, order.quantity, order.charge * 0
    remains = now_at.remains or order.quantity - order.quantity // 2
    return status, remains, order.charge * (order.quantity - remains) / order.quantity
