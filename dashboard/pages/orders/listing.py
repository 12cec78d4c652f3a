"""An account's orders: a list that is narrowed down, slice by slice."""

from typing import TYPE_CHECKING

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from catalog.offering import LARGEST_ID
from dashboard.account import account_of
from dashboard.asked import number
from dashboard.people.guarding import reseller_page
from dashboard.words import WORDS
from orders.listing import Filters, list_of
from orders.states import OrderStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_LINK = 1000
DAY = "%Y-%m-%d"


def _day(label: "StrOrPromise") -> forms.DateField:
    calendar = forms.DateInput(format=DAY, attrs={"type": "date"})
    return forms.DateField(label=label, input_formats=[DAY], required=False, widget=calendar)


class Narrowing(forms.Form):
    """What a list of orders is narrowed down by. A field that says nonsense is told so, and narrows nothing down."""

    status = forms.ChoiceField(
        label=_("Status"),
        choices=[("", _("All")), *((each, WORDS[each]) for each in OrderStatus.values)],
        required=False,
        widget=forms.HiddenInput,
    )
    link = forms.CharField(label=_("Link or order id"), max_length=LONGEST_LINK, required=False)
    service = forms.IntegerField(label=_("Service id"), min_value=1, max_value=LARGEST_ID, required=False)
    since = _day(_("From"))
    until = _day(_("To"))

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given, label_suffix="")

    @property
    def asked(self) -> Filters:
        """Return what it asks for."""
        self.is_valid()
        told = self.cleaned_data
        return {
            "status": told.get("status", ""),
            "link": told.get("link", ""),
            "service_id": told.get("service"),
            "since": told.get("since"),
            "until": told.get("until"),
        }

    @property
    def is_narrow(self) -> bool:
        """Return whether it leaves anything out."""
        return any(self.asked.values())


@require_safe
@reseller_page
def orders(request: HttpRequest) -> HttpResponse:
    """Show the orders, the newest first."""
    narrowing = Narrowing(request.GET)
    before, after = number(request, "before"), number(request, "after")
    found = list_of(account_of(request).pk, before=before, after=after, **narrowing.asked)
    return render(request, "dashboard/orders/list.html", {"narrowing": narrowing, "found": found})
