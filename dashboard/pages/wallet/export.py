"""The statement as CSV, of any size: it is read and sent a part at a time."""

from collections.abc import Iterator
from itertools import islice

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.account import account_of
from dashboard.going import see_other
from dashboard.pages.exporting import sent
from dashboard.pages.wallet.forms import StatementForm
from dashboard.pages.wallet.lines import lines_of
from dashboard.people.guarding import reseller_page
from kit.csv_lines import Cell, csv_lines
from wallets.statement import Row, export

# The same in every language: programs read it.
HEADER = ("number", "at", "kind", "order", "about", "amount_usd", "balance_after_usd")
AT_ONCE = 2000  # entries whose orders are looked up in one statement


@require_safe
@reseller_page
def statement_csv(request: HttpRequest) -> HttpResponseBase:
    """Send every entry that the page lists by the same filters; where one of them cannot be read the page says so."""
    form, account_id = StatementForm(request.GET), account_of(request).pk
    if not form.is_valid():
        return see_other(f"{reverse('dashboard:wallet')}?{request.GET.urlencode()}")
    cells = _cells(account_id, export(account_id, **form.filters(account_id)))
    return sent(request, csv_lines(HEADER, cells), "statement.csv")


def _cells(account_id: int, rows: Iterator[Row]) -> Iterator[tuple[Cell, ...]]:
    while part := list(islice(rows, AT_ONCE)):
        for line in lines_of(account_id, part):
            row = line.row
            yield row.seq, row.at, row.kind, line.order, line.about, row.amount, row.balance_after
