"""What a price is made of, for people: of an order that is placed, and of one that might be."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

import catalog.queries
from accounts.models import User
from accounts.queries import account_by_email
from catalog.pricing import Price
from catalog.queries import Offer
from kit.asking import Question, ask
from kit.screens import Table, link
from orders.models import Order
from orders.quoting import NoSuchCoupon, couponed


class CannotExplain(Exception):
    """There is no such service, account or coupon; the message says which."""


class ExplainForm(forms.Form):
    """Asks for what is ordered, and by whom."""

    service = forms.IntegerField(label="Service's number", widget=UnfoldAdminTextInputWidget)
    account = forms.CharField(label="Account's e-mail address", widget=UnfoldAdminTextInputWidget)
    quantity = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        widget=UnfoldAdminTextInputWidget,
        help_text="over all runs; of a package and a subscription, its minimum",
    )
    coupon = forms.CharField(required=False, widget=UnfoldAdminTextInputWidget)


EXPLAIN = Question(
    "Explain a price", "Explain", ExplainForm, "What an order would cost now. Nothing is ordered, no coupon is used."
)


@dataclass(frozen=True, slots=True)
class Explained:
    """A price, and why the coupon does not apply to it, where one was given and does not."""

    offer: Offer
    price: Price
    objections: list[str]


def price_table(order: Order) -> Table:
    """Return how the order's charge came about when it was placed."""
    return _table("How its price came about", order.price_steps)


def explain_price(request: HttpRequest) -> HttpResponse:
    """Ask for a service, an account, a quantity and a coupon, and show every step to what it would cost."""
    screen = admin.site.get_model_admin(Order)
    if not screen.has_view_permission(request):
        raise PermissionDenied

    def then(given: dict[str, Any]) -> HttpResponse:
        account = account_by_email(given["account"])
        if account is None:
            raise CannotExplain(f"no account has the address {given['account']}")
        return _page(request, screen, account, explain(account, given["service"], given["quantity"], given["coupon"]))

    initial = {"service": request.GET.get("service", ""), "account": request.GET.get("account", "")}
    back = reverse("admin:catalog_service_changelist")
    return ask(screen, request, EXPLAIN, then=then, refusals=(CannotExplain,), back=back, initial=initial)


def explain(account: User, service_id: int, quantity: int, code: str) -> Explained:
    """Return what an order would cost now, whether or not it could be placed.

    :raises CannotExplain: where the service is not on sale, or there is no such coupon.
    """
    offer = catalog.queries.offer(service_id, account.pk)
    if offer is None:
        raise CannotExplain(f"no service on sale has the number {service_id}")
    price = offer.price(quantity)
    try:
        with_it, why_not = couponed(price, code.strip(), account_id=account.pk, service=offer.service)
    except NoSuchCoupon:
        raise CannotExplain(f"there is no coupon {code.strip()}; its letters count, capital or small") from None
    return Explained(offer, with_it, why_not)


def _page(request: HttpRequest, screen: Any, account: User, explained: Explained) -> HttpResponse:
    service, notes = explained.offer.service, [f"The coupon does not apply: {why}." for why in explained.objections]
    if explained.offer.stopped:
        notes.append(f"No new orders of it are taken now; resellers get: {explained.offer.stopped}")
    context = {
        **screen.admin_site.each_context(request),
        "title": "Explain a price",
        "service": link(service, "catalog_service_change", service.pk),
        "account": link(account, "accounts_user_change", account.pk),
        "notes": notes,
        "tables": [_table("How the price comes about", explained.price.steps)],
        "again": f"{reverse('explain_price')}?service={service.pk}",
        "opts": screen.opts,
    }
    return TemplateResponse(request, "orders/price.html", context)


def _table(title: str, steps: list[dict[str, Any]]) -> Table:
    rows = [[each.get("step", ""), each.get("text", ""), each.get("amount", "")] for each in steps]
    return Table(title=title, headers=["Step", "How", "Amount after it, USD"], rows=rows)
