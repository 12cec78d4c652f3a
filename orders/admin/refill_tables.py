"""An order's refills, and a refill's parts, as tables."""

from kit.screens import Table, link, moment
from orders import refill_queries
from orders.models import Order, Refill
from orders.states import RefillPartState


def refills_table(order: Order) -> Table:
    """Return the order's refills, for the order's page."""
    return Table(
        title="Refills",
        headers=["Refill", "No.", "Status", "Asked for", "Ended", "By hand", "What providers said"],
        rows=[
            [
                link(each, "orders_refill_change", each.pk),
                each.number,
                each.status,
                moment(each.created_at),
                moment(each.ended_at),
                "yes" if each.by_hand else "",
                "; ".join(part.answer for part in each.parts.all() if part.answer),
            ]
            for each in refill_queries.of_order(order.pk)
        ],
    )


def parts_table(refill: Refill) -> Table:
    """Return the refill's parts, for its own page."""
    parts = refill.parts.select_related("purchase", "provider")
    return Table(
        title="Parts",
        headers=["Purchase", "Provider", "State", "Reported", "Its id there", "Tries", "Asked", "Next asked", "Answer"],
        rows=[
            [
                link(f"run {each.purchase.run}", "orders_purchase_change", each.purchase_id),
                link(each.provider, "providers_provider_change", each.provider_id),
                each.state,
                each.reported,
                each.provider_refill_id,
                each.tries,
                moment(each.claimed_at),
                moment(each.due_at) if each.state in {RefillPartState.QUEUED, RefillPartState.SENT} else "",
                each.answer,
            ]
            for each in parts
        ],
    )
