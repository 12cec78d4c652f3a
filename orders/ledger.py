"""What the ledger says of one order."""

from decimal import Decimal

from django.db.models import QuerySet

from events.queries import history
from kit.money import ZERO, wire
from orders.models import Order
from wallets.models import Entry

# What went back to the wallet, and of a subscription's first money what went to its first post.
KINDS = ("order.refunded", "subscription.post_charged")


def entries(order: Order) -> QuerySet[Entry]:
    """Return the order's charge and refunds, by their exact references: an index finds them among millions.

    A refund's reference names the total refunded by then (orders/operations/settling.py), and its event the part.
    """
    total, references = ZERO, [f"order:{order.pk}:charge"]
    for data in (
        history("order", order.pk).filter(kind__in=KINDS, data__has_key="refund").values_list("data", flat=True)
    ):
        total += Decimal(data["refund"])
        references.append(f"order:{order.pk}:refund:{wire(total)}")
    return Entry.objects.filter(reference__in=references).order_by("id")
