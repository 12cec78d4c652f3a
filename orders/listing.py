"""An account's orders, the newest first: a slice at a time, or all of them as a stream.

The newest is the one with the latest `created_at`, then the highest number. By that order each filter has an index that
is read from one end: a slice takes as long among millions of orders as among ten (`python -m bench.reading`), and
nothing is counted or passed over.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypedDict, Unpack
from uuid import UUID

from django.db.models import Case, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform

from kit import days, ids
from kit.paging import Slice, downwards, upwards
from orders.models import Order
from orders.naming import among, meant

PER_PAGE = 50
CHUNK = 2000  # orders of an export that are read at once


class Row(NamedTuple):
    """An order as a list shows it, money in USD. `username` is there where it has no link."""

    number: int
    public_id: UUID
    created_at: datetime
    service_id: int
    service: str
    link: str
    username: str
    quantity: int
    charge: Decimal
    refunded: Decimal
    start_count: int | None
    remains: int
    status: str
    type: str
    runs: int
    parent: int | None

    @property
    def shown_id(self) -> str:
        """Return the public id, `ord_…`."""
        return ids.shown("ord", self.public_id)

    @property
    def kept(self) -> Decimal:
        """Return what of the charge has not gone back, in USD."""
        return self.charge - self.refunded


SHOWN = (
    *("id", "public_id", "created_at", "service_id", "service__name", "link", "username", "quantity", "charge"),
    *("refunded", "start_count", "remains", "status", "type", "runs", "parent_id"),
)
# Of others it is not looked up: their parameters can be long.
USERNAME = Case(When(link="", then=KeyTextTransform("username", "params")), default=Value(""), output_field=TextField())


class Filters(TypedDict, total=False):
    """What a list of orders is narrowed down by.

    `link` is a whole link, or the id of an order in either form. `since` and `until` are the first day and the last
    one, in UTC.
    """

    status: str
    service_id: int | None
    link: str
    since: date | None
    until: date | None


class Place(NamedTuple):
    """Where an order is in a list."""

    created_at: datetime
    number: int


def list_of(
    account_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    per_page: int = PER_PAGE,
    **filters: Unpack[Filters],
) -> Slice[Row]:
    """Return a slice of the account's orders: the newest, in one statement, or those beside an order, in two or three.

    :param before: the number of one of its orders: those older than it.
    :param after: likewise: those newer than it, the nearest ones. Where there are none, or the number is none of the
        account's, the newest of all.
    """
    orders = _meeting(account_id, **filters)
    place = _place_of(account_id, before if after is None else after)
    if place is not None and after is not None:
        found = _newer(orders, place, per_page + 1)
        if found:
            return upwards(found, key=_number, per_page=per_page)
        place = None
    found = _older(orders, place, per_page + 1)
    return downwards(found, key=_number, per_page=per_page, from_the_newest=place is None)


def export(account_id: int, **filters: Unpack[Filters]) -> Iterator[Row]:
    """Yield every one of the account's orders that `list_of` lists, in its order.

    They are read by chunks of 2,000, each by a statement of its own: neither a transaction nor a cursor of the database
    is held meanwhile, and no more than a chunk is in memory. What is ordered meanwhile is not among them.
    """
    orders = _meeting(account_id, **filters)
    chunk = _older(orders, None, CHUNK)
    yield from chunk
    while len(chunk) == CHUNK:
        chunk = _older(orders, Place(chunk[-1].created_at, chunk[-1].number), CHUNK)
        yield from chunk


def _meeting(
    account_id: int,
    status: str = "",
    service_id: int | None = None,
    link: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Order]:
    orders = Order.objects.filter(account_id=account_id, **days.within("created_at", since, until))
    if status:
        orders = orders.filter(status=status)
    if service_id is not None:
        orders = orders.filter(service_id=service_id)
    return orders.filter(_named(link)) if link else orders


def _named(link: str) -> Q:
    number = meant("ord", link)
    if number is not None:
        return among([number])
    return Q(link=link) if "\0" not in link else Q(pk__in=[])  # PostgreSQL keeps it in no text


def _place_of(account_id: int, number: int | None) -> Place | None:
    if number is None:
        return None
    at = Order.objects.filter(account_id=account_id, pk=number).values_list("created_at", flat=True).first()
    return None if at is None else Place(at, number)


def _older(orders: QuerySet[Order], place: Place | None, most: int) -> list[Row]:
    if place is not None:
        earlier = Q(created_at__lt=place.created_at) | Q(pk__lt=place.number)
        orders = orders.filter(earlier, created_at__lte=place.created_at)
    return _read(orders.order_by("-created_at", "-pk"), most)


def _newer(orders: QuerySet[Order], place: Place, most: int) -> list[Row]:
    later = Q(created_at__gt=place.created_at) | Q(pk__gt=place.number)
    return _read(orders.filter(later, created_at__gte=place.created_at).order_by("created_at", "pk"), most)


def _read(orders: QuerySet[Order], most: int) -> list[Row]:
    return [Row(*row) for row in orders.annotate(username=USERNAME).values_list(*SHOWN)[:most]]


def _number(row: Row) -> int:
    return row.number
