"""One order: all that its owner may know of it, and what may be done with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import orders.queries
from dashboard.account import account_of
from dashboard.finding import order_or_404
from dashboard.going import see_other
from dashboard.ordering.given import given_with
from dashboard.ordering.history import history_of
from dashboard.ordering.steps import steps_shown
from dashboard.people.guarding import reseller_page
from orders.models import Order
from orders.operations.cancelling import CancelPending, CannotBeCanceled, cancel
from orders.operations.refills import (
    OrderNotCompleted,
    RefillAlreadyPending,
    RefillLimitReached,
    RefillNotAvailable,
    RefillPeriodOver,
    Requested,
)
from orders.operations.refills import request as request_refill
from orders.showing import may_cancel, may_refill, posts_of, refills_of, runs_of
from orders.states import OPEN


@require_safe
@reseller_page
def order(request: HttpRequest, sent: str) -> HttpResponse:
    """Show the order."""
    shown = order_or_404(request, sent)
    told = _standing(request, shown) | {
        "given": given_with(shown),
        "steps": steps_shown(shown.price_steps),
        "no_refill": _why_no_refill(may_refill(shown)),
    }
    return render(request, "dashboard/orders/order.html", told)


@require_safe
@reseller_page
def standing(request: HttpRequest, sent: str) -> HttpResponse:
    """Show how the order stands now, for the page that asks again and again while it is open.

    Where its status is another than the page shows, the page is loaded anew: what may be done with it has changed.
    """
    shown = order_or_404(request, sent)
    told = _standing(request, shown)
    answer = render(request, "dashboard/orders/standing.html", told)
    if request.GET.get("was") != told["was"]:
        answer["HX-Refresh"] = "true"
    return answer


def _standing(request: HttpRequest, shown: Order) -> dict[str, Any]:
    refills = list(refills_of(shown))
    refilling = sum(each.ended_at is None for each in refills)
    no_cancel = may_cancel(shown)
    return {
        "order": shown,
        "is_open": shown.status in OPEN or refilling > 0,
        "was": f"{shown.status}.{refilling}.{type(no_cancel).__name__}",
        "can_cancel": no_cancel is None,
        "cancel_pending": isinstance(no_cancel, CancelPending),
        "kept": shown.charge - shown.refunded,
        "runs": runs_of(shown),
        "posts": posts_of(shown),
        "refills": refills,
        "history": history_of(shown, refills, account_of(request)),
    }


@require_POST
@reseller_page
def cancel_order(request: HttpRequest, sent: str) -> HttpResponse:
    """Cancel the order, or have its provider asked to; doing it again does nothing more."""
    shown, account = order_or_404(request, sent), account_of(request)
    outcome = cancel(account_id=account.pk, sent=[shown.shown_id], actor=account.email)[shown.shown_id]
    if isinstance(outcome, CannotBeCanceled):
        messages.error(
            request, _("This order cannot be canceled: it has ended, or is under way and cannot be stopped.")
        )
    elif orders.queries.is_open(account.pk, shown.pk):
        messages.success(request, _("Canceling is asked for. The order shows what comes of it."))
    else:
        messages.success(request, _("The order is canceled."))
    return see_other("dashboard:order", shown.shown_id)


@require_POST
@reseller_page
def refill_order(request: HttpRequest, sent: str) -> HttpResponse:
    """Ask for a refill of the order; while one is pending there is no second one."""
    shown, account = order_or_404(request, sent), account_of(request)
    outcome = request_refill(account_id=account.pk, sent=[shown.shown_id], actor=account.email)[shown.shown_id]
    if isinstance(outcome, Requested):
        messages.success(request, _("The refill is asked for. The order shows what comes of it."))
    else:
        messages.error(request, _why_no_refill(outcome))
    return see_other("dashboard:order", shown.shown_id)


def _why_no_refill(refusal: Exception | None) -> str:
    """Return why there is no refill, in words; nothing where there may be one."""
    if refusal is None:
        return ""
    words: dict[type[Exception], str] = {
        RefillNotAvailable: _("This service does not refill."),
        OrderNotCompleted: _("Only what has been delivered can be refilled."),
        RefillAlreadyPending: _("A refill of this order is pending already."),
        RefillLimitReached: _("This order has been refilled as often as it may be."),
        RefillPeriodOver: _("The time for refills of this order is over."),
    }
    return words.get(type(refusal), _("This order cannot be refilled."))
