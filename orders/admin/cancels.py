"""What was asked to be cancelled of an order, on the order's page, and what its providers said to it."""

from kit.screens import Table, link, moment
from orders.models import Order, Purchase
from orders.states import PurchaseState

LATEST = 200


def cancels_table(order: Order) -> Table:
    """Return the order's purchases that somebody asked to be cancelled."""
    asked = Purchase.objects.filter(order=order, cancel_requested_at__isnull=False).select_related("provider")
    return Table(
        title="Cancel requests",
        headers=["Purchase", "Provider", "Asked for", "The provider took it", "Next asked", "What came of it"],
        rows=[
            [
                link(f"run {each.run}, attempt {each.attempt}", "orders_purchase_change", each.pk),
                link(each.provider, "providers_provider_change", each.provider_id),
                moment(each.cancel_requested_at),
                moment(each.cancel_sent_at),
                moment(each.cancel_due_at) if each.state == PurchaseState.PLACED else "",
                _outcome(each),
            ]
            for each in asked[:LATEST]
        ],
    )


def _outcome(purchase: Purchase) -> str:
    if purchase.cancel_answer:
        return f"refused: {purchase.cancel_answer}"
    if purchase.state == PurchaseState.WITHDRAWN:
        return "withdrawn before it was sent"
    if purchase.resend_at is not None:
        return "asked once the provider has given its id: the purchase is sent again by itself"
    if purchase.state == PurchaseState.UNKNOWN:
        return "yours to decide: nobody knows whether the provider has it"
    return purchase.reported if purchase.state == PurchaseState.DONE else "not known yet"
