"""What one endpoint was told and is to be told, the latest first: a slice at a time, and each with its attempts."""

from django.db.models import QuerySet

from kit import ids
from kit.paging import Slice, downwards, upwards
from webhooks.models import Attempt, Delivery

PER_PAGE = 20
MOST_ATTEMPTS = 100


class DeliveryNotFound(Exception):
    """The endpoint was never told of such an event."""


def deliveries_of(
    endpoint_id: int,
    *,
    state: str = "",
    before: int | None = None,
    after: int | None = None,
    per_page: int = PER_PAGE,
) -> Slice[Delivery]:
    """Return a slice of the endpoint's deliveries, each with its event and without its body.

    :param before: a delivery's number: those made before it. :param after: those made after it, the nearest ones;
        where there are none, the latest of all.
    """
    found = Delivery.objects.filter(endpoint_id=endpoint_id).select_related("event").defer("body", "event__data")
    if state:
        found = found.filter(state=state)
    if after is not None:
        later = list(found.filter(pk__gt=after).order_by("pk")[: per_page + 1])
        if later:
            return upwards(later, key=_number, per_page=per_page)
    rest = found.filter(pk__lt=before) if before is not None and after is None else found
    latest = list(rest.order_by("-pk")[: per_page + 1])
    return downwards(latest, key=_number, per_page=per_page, from_the_newest=before is None or after is not None)


def delivery_of(endpoint_id: int, shown_event: str) -> Delivery:
    """Return what the endpoint was told of this event (`evt_…`).

    :raises DeliveryNotFound: where it was not, whatever others were told.
    """
    event = ids.parsed("evt", shown_event)
    told = Delivery.objects.filter(endpoint_id=endpoint_id).select_related("event")
    found = event and told.filter(event__public_id=event).first()
    if not found:
        raise DeliveryNotFound
    return found


def attempts_at(delivery_id: int) -> QuerySet[Attempt]:
    """Return the latest attempts at a delivery, the last one first."""
    return Attempt.objects.filter(delivery_id=delivery_id).order_by("-id")[:MOST_ATTEMPTS]


def _number(delivery: Delivery) -> int:
    return delivery.pk
