"""A new order: a service is looked for and chosen, its form filled in with the price beside it, and sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

import catalog.queries
from catalog.offering import LARGEST_ID
from catalog.queries import Listed, Terms
from catalog.searching import at_rates, one_on_sale
from dashboard.account import account_of
from dashboard.finding import order_or_404
from dashboard.going import see_other
from dashboard.ordering.forms import OrderForm, filled_in, filled_in_by
from dashboard.ordering.prices import Priced, priced
from dashboard.people.guarding import reseller_page
from dashboard.services import shown
from kit import ids
from orders.operations import Placed
from orders.parameters import TAKES

MOST_HITS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def new_order(request: HttpRequest) -> HttpResponse:
    """Show the services and the form of the one that is chosen, or place the order."""
    terms = catalog.queries.terms(account_of(request).pk)
    initial = _filled_in(request)
    wanted = request.POST.get("service", "") if request.method == "POST" else initial.get("service", "")
    sold = _on_sale(wanted, terms)
    form = _form(request, sold, initial)
    if form and form.is_bound and "only_price" not in request.POST:
        placed = form.place(account_of(request))
        if placed is not None:
            return _to(request, placed)
    told = {
        "sold": sold,
        "form": form,
        "gone": bool(wanted) and sold is None,
        "shown": shown(request.GET, terms, per_page=MOST_HITS),
        "price": _price(request, sold, form),
    }
    return render(request, "dashboard/orders/new.html", told)


@require_POST
@reseller_page
def price(request: HttpRequest) -> HttpResponse:
    """Show what the order costs that is being written."""
    sold = _on_sale(request.POST.get("service", ""))
    form = _form(request, sold, {})
    return render(request, "dashboard/orders/price.html", {"price": _price(request, sold, form)})


def _filled_in(request: HttpRequest) -> dict[str, str]:
    """Return what the form begins with: an earlier order of the account's, or what the address says."""
    if again := request.GET.get("again"):
        return filled_in_by(order_or_404(request, again))
    return filled_in(request.GET)


def _on_sale(service_id: str, terms: Terms | None = None) -> Listed | None:
    number = service_id.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(LARGEST_ID))):
        return None
    found = one_on_sale(int(number))
    return at_rates([found], terms)[0] if found and terms else found


def _form(request: HttpRequest, sold: Listed | None, initial: dict[str, str]) -> OrderForm | None:
    """Return the form of the service's type; of one that is off the shelves, of the type that it was sent with."""
    if request.method == "POST":
        kind = sold.type if sold else request.POST.get("type", "")
        return OrderForm(kind, sold, request.POST) if kind in TAKES else None
    return OrderForm(sold.type, sold, initial=initial) if sold else None


def _price(request: HttpRequest, sold: Listed | None, form: OrderForm | None) -> Priced | None:
    return priced(account_of(request).pk, sold, form.params) if sold and form else None


def _to(request: HttpRequest, placed: Placed) -> HttpResponse:
    """Go to the order's page, and say there that it is placed."""
    if placed.replayed:
        messages.info(request, _("This order was placed already. It was not placed a second time."))
    else:
        messages.success(request, _("The order is placed."))
    return see_other("dashboard:order", ids.shown("ord", placed.public_id))
