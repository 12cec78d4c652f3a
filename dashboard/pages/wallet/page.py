"""The wallet's page."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import wallets.queries
from dashboard import asked
from dashboard.account import account_of
from dashboard.going import see_other
from dashboard.pages.wallet.forms import LowBalanceForm, StatementForm
from dashboard.pages.wallet.lines import Line, about, lines_of
from dashboard.people.guarding import reseller_page
from dashboard.queries import text
from kit.money import wire
from kit.paging import Slice
from wallets.operations import set_low_balance
from wallets.statement import Row, deposits_of, entries_of

DEPOSITS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """A slice of the statement with its lines, and the form that it was asked for by."""

    form: StatementForm
    lines: list[Line]
    slice: Slice[Row]

    @property
    def narrowed(self) -> bool:
        """Return whether it may leave something out."""
        return any(self.form.data.values())


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def wallet(request: HttpRequest) -> HttpResponse:
    """Show the wallet with a slice of its statement, or set below which balance `balance.low` is told."""
    account = account_of(request)
    if request.method != "POST":
        threshold = wallets.queries.low_balance_threshold(account.pk)
        return _page(request, LowBalanceForm(initial={"threshold": wire(threshold)}))
    form = LowBalanceForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    set_low_balance(account_id=account.pk, actor=account.email, **form.cleaned_data)
    messages.success(request, _("The threshold is set."))
    return see_other("dashboard:wallet")


def _page(request: HttpRequest, low: LowBalanceForm) -> HttpResponse:
    account = account_of(request)
    deposits = [(row, about(row)) for row in deposits_of(account.pk, DEPOSITS_SHOWN)]
    told = {
        "low": low,
        "instructions": text("deposits", get_language() or "en"),
        "deposits": deposits,
        "statement": _statement(request, account.pk),
    }
    return render(request, "dashboard/wallet/page.html", told)


def _statement(request: HttpRequest, account_id: int) -> Statement:
    form = StatementForm(request.GET)
    if not form.is_valid():
        return Statement(form, [], Slice([], None, None))
    before, after = asked.number(request, "before"), asked.number(request, "after")
    found = entries_of(account_id, before=before, after=after, **form.filters(account_id))
    return Statement(form, lines_of(account_id, found.rows), found)
