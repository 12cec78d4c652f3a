"""Reading refills."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.models import Refill, RefillPart
from orders.naming import among, meant
from orders.states import OPEN_REFILLS, RefillPartState


class RefillNotFound(Exception):
    """No refill of this account has this id."""


def statuses(account_id: int, sent: Iterable[str]) -> dict[str, str]:
    """Return the status of each of the account's refills among these ids, keyed by the id as it was sent.

    Either form of an id is understood: `ref_…`, or the refill's number. One statement for all.
    """
    names = {text: refill for text in sent if (refill := meant("ref", text)) is not None}
    if not names:
        return {}
    found: dict[int | UUID, str] = {}
    rows = Refill.objects.filter(among(names.values()), order__account_id=account_id)
    for number, public_id, status in rows.values_list("id", "public_id", "status"):
        found[number] = found[public_id] = status
    return {text: found[refill] for text, refill in names.items() if refill in found}


def of_order(order_id: int) -> QuerySet[Refill]:
    """Return the order's refills, the first one first."""
    return Refill.objects.filter(order_id=order_id).prefetch_related("parts").order_by("number")


def to_decide() -> QuerySet[Refill]:
    """Return the refills that wait for the operator: done by hand, or stuck at a provider."""
    stuck = RefillPart.objects.filter(refill_id=OuterRef("pk"), state=RefillPartState.STUCK)
    return Refill.objects.filter(Q(by_hand=True) | Exists(stuck), status__in=sorted(OPEN_REFILLS))
