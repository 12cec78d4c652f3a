"""Bringing an order to its end as its provider would."""

from datetime import timedelta

from kit import clock
from orders.models import Order, Purchase
from orders.operations.settling import settle

LEFT = {"completed": 0, "partial": 40}


def end(number: int, status: str = "completed", *, days_ago: int = 0) -> Order:
    """Have the provider report the order's one purchase as ended, and return the order."""
    Purchase.objects.filter(order_id=number).update(
        state="done", reported=status, remains=LEFT.get(status, 100), provider_order_id=f"p-{number}"
    )
    settle(number)
    if days_ago:
        Order.objects.filter(pk=number).update(ended_at=clock.now() - timedelta(days=days_ago))
    return Order.objects.get(pk=number)
