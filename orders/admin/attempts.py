"""Every attempt to buy an order, on the order's page: where, what was sent, what came back, and what it cost."""

from collections.abc import Iterator
from decimal import Decimal

from kit.screens import Table, dollars, link
from orders.admin.purchases import paid, sent, sent_when
from orders.margins import in_usd, margin
from orders.models import Order, Purchase

LATEST = 200
HEADERS = (
    *("Purchase", "Run", "Provider", "Its service there", "State", "Reported", "Its id there"),
    *("Sent", "At", "Answer", "Cost", "Cost, USD"),
)


def attempts_table(order: Order) -> Table:
    """Return the order's purchases, run by run."""
    bought = Purchase.objects.filter(order=order).select_related("provider", "source")
    return Table(
        title="Purchases",
        headers=HEADERS,
        rows=[
            [
                link(f"{each.pk} (attempt {each.attempt})", "orders_purchase_change", each.pk),
                each.run,
                link(each.provider, "providers_provider_change", each.provider_id),
                each.source.remote_id,
                each.state,
                each.reported,
                each.provider_order_id or "",
                sent(each),
                sent_when(each),
                each.answer,
                paid(each),
                dollars(in_usd(each.cost, each.exchange_rate)),
            ]
            for each in bought[:LATEST]
        ],
    )


def margin_of(order: Order) -> str:
    """Return what is left of the charge that is kept, after what its purchases cost, in USD and percent."""
    kept = order.charge - order.refunded
    left = margin(kept, _costs(order))
    if left is None:
        return "not known"
    return dollars(left) if not kept else f"{dollars(left)} ({left / kept:.1%})"


def _costs(order: Order) -> Iterator[Decimal | None]:
    """Yield what each purchase cost that stands, or may stand, at a provider."""
    for each in Purchase.objects.filter(order=order):
        if each.in_doubt:
            yield None
        elif each.provider_order_id is not None:
            yield in_usd(each.cost, each.exchange_rate)
