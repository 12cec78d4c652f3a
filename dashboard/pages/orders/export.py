"""The orders as CSV, of any size: they are read and sent a part at a time, and no further once nobody listens."""

from collections.abc import Iterable, Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.account import account_of
from dashboard.going import see_other
from dashboard.pages.exporting import sent
from dashboard.pages.orders.listing import Narrowing
from dashboard.people.guarding import reseller_page
from kit import clock
from kit.csv_lines import Cell, csv_lines
from orders.listing import Row, export

# The same in every language: programs read it.
HEADER = (
    *("order", "number", "placed_at", "status", "service", "service_name", "type", "link", "username", "quantity"),
    *("runs", "start_count", "remains", "charge_usd", "refunded_usd", "kept_usd", "subscription"),
)


@require_safe
@reseller_page
def orders_export(request: HttpRequest) -> HttpResponseBase:
    """Send every order that the page lists by the same filters; where one of them cannot be read the page says so."""
    narrowing = Narrowing(request.GET)
    if not narrowing.is_valid():
        return see_other(f"{reverse('dashboard:orders')}?{request.GET.urlencode()}")
    rows = export(account_of(request).pk, **narrowing.asked)
    return sent(request, csv_lines(HEADER, _cells(rows)), f"orders-{clock.now():%Y-%m-%d}.csv")


def _cells(rows: Iterable[Row]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        yield (
            *(row.shown_id, row.number, row.created_at, row.status, row.service_id, row.service, row.type),
            *(row.link, row.username, row.quantity, row.runs, row.start_count, row.remains),
            *(row.charge, row.refunded, row.kept, row.parent),
        )
