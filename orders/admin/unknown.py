"""The desk of unknown purchases: everything there is to know of each, and the operator's three decisions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from kit.asking import Question, ask, button
from kit.encryption import CannotDecrypt
from kit.screens import Shown, dollars, link, moment, short, whole_number
from orders import operations
from orders.admin.attaching import PLACED, REFUSALS, AskForm, attach
from orders.admin.orders import NOT_PLACED, RESEND
from orders.admin.purchases import sent, sent_again, yours_because
from orders.admin.unknown_evidence import tables
from orders.models import Order, Purchase, UnknownPurchase
from orders.operations import CannotDecide
from orders.operations.deciding import id_at_provider
from orders.queries import YOURS
from providers.following import News, NotFound, StatusNews
from providers.outcomes import CallFailed
from providers.queries import client_for

MOST_AT_ONCE = 200
LONGEST_SAID = 50

ASK = Question(
    "Ask the provider",
    "Ask",
    AskForm,
    "The provider is asked how the order with this id is doing. It decides nothing; you see what it says.",
)
TOGETHER: dict[str, tuple[Question, Callable[..., Order]]] = {
    "resend": (RESEND, operations.resend),
    "not-placed": (NOT_PLACED, operations.mark_not_placed),
}


class WaitsForFilter(admin.SimpleListFilter):
    """Whose turn it is: the operator's, or that of sending it again by itself."""

    title = "waits for"
    parameter_name = "waits_for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two."""
        return [("you", "you"), ("itself", "being sent again by itself")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the purchases that wait for the one that was chosen."""
        chosen = {"you": True, "itself": False}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(YOURS if chosen else ~YOURS)


@admin.register(UnknownPurchase)
class UnknownPurchaseAdmin(Shown):
    """Every purchase of which nobody knows whether it was placed: first those that wait for him, the oldest first."""

    list_display = ["number", "bought_for", "provider", "what_was_sent", "sent_at", "again", "said", "asked_to_cancel"]
    list_display_links = None
    list_select_related = ["order", "provider"]
    list_filter = [WaitsForFilter, "provider"]
    ordering = [F("resend_at").asc(nulls_first=True), "claimed_at", "id"]
    fields = [
        *("bought_for", "where", "run", "attempt", "quantity", "sent_at", "again", "cost_expected", "asked_to_cancel"),
        "whole_answer",
    ]
    readonly_fields = [*fields]
    actions = ["resend_selected", "refuse_selected"]
    actions_detail = ["ask_provider", "mark_placed", "resend", "mark_not_placed"]
    change_form_outer_after_template = "kit/tables.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that decides several at once."""
        view = self.admin_site.admin_view(self.decide_together)
        return [path("together/<str:what>/", view, name="orders_unknownpurchase_together"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the purchase with everything that speaks for or against it."""
        purchase = self.get_object(request, object_id)
        if purchase is None and self.has_view_permission(request) and (decided := _decided_before(object_id)):
            return _to_its_order(request, decided)
        shown = [] if purchase is None else tables(purchase)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": shown})  # type: ignore[no-any-return]

    @button("Ask the provider…", "ask")
    def ask_provider(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look up an id at the provider, and offer to attach it."""
        purchase = self.get_object(request, object_id)
        if purchase is None:
            return _to_its_order(request, _decided_before(object_id))

        def then(given: dict[str, Any]) -> HttpResponse:
            theirs = id_at_provider(given["provider_order_id"])
            said = _in_words(client_for(purchase.provider).status(theirs))
            messages.info(request, f"{purchase.provider} says of {theirs}: {said}")
            attach = reverse("admin:orders_unknownpurchase_mark_placed", args=[purchase.pk])
            return HttpResponseRedirect(f"{attach}?{urlencode({'provider_order_id': theirs})}")

        refusals = (CallFailed, CannotDecrypt, CannotDecide)
        return ask(self, request, ASK, then=then, refusals=refusals, back=_page(purchase), about=purchase, whole=False)

    @button("Mark as placed…", "placed")
    def mark_placed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Follow it under the id it has at the provider."""
        return self._decide(request, object_id, PLACED, attach, "It is followed from here on.")

    @button("Resend…", "resend")
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it once more: under its request_id where the provider knows it by that, else as a new attempt."""
        return self._decide(request, object_id, RESEND, operations.resend, "It is sent once more.")

    @button("Not placed: refund…", "not-placed")
    def mark_not_placed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refund what it was to deliver."""
        return self._decide(request, object_id, NOT_PLACED, operations.mark_not_placed, "It is refunded.")

    def _decide(
        self, request: HttpRequest, object_id: str, question: Question, decide: Callable[..., Order], done: str
    ) -> HttpResponse:
        purchase = self.get_object(request, object_id)
        if purchase is None:
            return _to_its_order(request, _decided_before(object_id))

        def then(given: dict[str, Any]) -> HttpResponse:
            who = request.user.get_username()
            after = decide(order_id=purchase.order_id, purchase_id=purchase.pk, actor=who, **given)
            refunded = f"refunded {dollars(after.refunded)} USD in all"
            messages.success(request, f"{done} Order {after.pk} is {after.status} now; {refunded}.")
            return HttpResponseRedirect(reverse("admin:orders_order_change", args=[purchase.order_id]))

        initial = {"provider_order_id": request.GET.get("provider_order_id", "")}
        about = f"purchase {purchase.pk} of {purchase.order}"
        page: dict[str, Any] = {"back": _page(purchase), "about": about, "initial": initial}
        # Each decision is a transaction of its own, and one of them asks a provider before it.
        return ask(self, request, question, then=then, refusals=REFUSALS, whole=False, **page)

    @admin.action(description="Resend…", permissions=["operate"])
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Ask why, then send each of them once more."""
        return _together("resend", queryset)

    @admin.action(description="Not placed: refund…", permissions=["operate"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Ask why, then refund each of them."""
        return _together("not-placed", queryset)

    def decide_together(self, request: HttpRequest, what: str) -> HttpResponse:
        """Decide several in one way and for one reason, each in a transaction of its own."""
        back = reverse("admin:orders_unknownpurchase_changelist")
        chosen = [int(each) for each in request.GET.get("ids", "").split(",") if each.isascii() and each.isdigit()]
        if what not in TOGETHER or not chosen or not self.has_operate_permission(request):
            messages.error(request, "Choose the purchases in the list first.")
            return HttpResponseRedirect(back)
        question, decide = TOGETHER[what]

        def then(given: dict[str, Any]) -> str:
            waiting = list(UnknownPurchase.objects.filter(pk__in=chosen[:MOST_AT_ONCE]).order_by("claimed_at", "id"))
            decided = sum(_decided(each, decide, request.user.get_username(), given["reason"]) for each in waiting)
            left = len(chosen) - decided
            return f"{decided} decided." + (f" {left} were not: they had been decided before." if left else "")

        about = f"{len(chosen)} purchases"
        return ask(self, request, question, then=then, refusals=(), back=back, about=about, whole=False)

    @admin.display(description="purchase")
    def number(self, purchase: UnknownPurchase) -> SafeString:
        """Return a link to its page, where it is decided."""
        return link(purchase.pk, "orders_unknownpurchase_change", purchase.pk)

    @admin.display(description="order")
    def bought_for(self, purchase: UnknownPurchase) -> SafeString:
        """Return a link to the order."""
        return link(purchase.order, "orders_order_change", purchase.order_id)

    @admin.display(description="provider")
    def where(self, purchase: UnknownPurchase) -> SafeString:
        """Return a link to the provider."""
        return link(purchase.provider, "providers_provider_change", purchase.provider_id)

    @admin.display(description="sent")
    def what_was_sent(self, purchase: UnknownPurchase) -> SafeString:
        """Return what the provider was sent, for the list."""
        return short(sent(purchase), LONGEST_SAID)

    @admin.display(description="sent at")
    def sent_at(self, purchase: UnknownPurchase) -> SafeString:
        """Return when it was sent."""
        return short(moment(purchase.claimed_at))

    @admin.display(description="sent again")
    def again(self, purchase: UnknownPurchase) -> str:
        """Return when it is sent again by itself; where it is not, it waits for him."""
        if purchase.resend_at is not None and not purchase.provider.active:
            return "not while its provider is paused: resume it, or decide"
        told, why = sent_again(purchase), yours_because(purchase)
        if purchase.resend_at is not None:
            return told
        yours = f"yours to decide: {why}" if why else "yours to decide"
        return f"{told}; now {yours}" if told else yours

    @admin.display(description="the provider's answer")
    def said(self, purchase: UnknownPurchase) -> SafeString:
        """Return the answer's beginning, for the list."""
        return short(purchase.answer, LONGEST_SAID)

    @admin.display(description="the provider's answer")
    def whole_answer(self, purchase: UnknownPurchase) -> str:
        """Return the answer as it came."""
        return purchase.answer

    @admin.display(description="expected cost")
    def cost_expected(self, purchase: UnknownPurchase) -> str:
        """Return what it costs if it is there."""
        return "not known" if purchase.cost is None else f"{dollars(purchase.cost)} {purchase.currency}"

    @admin.display(description="cancel asked for")
    def asked_to_cancel(self, purchase: UnknownPurchase) -> str:
        """Return when the reseller asked to cancel it."""
        return moment(purchase.cancel_requested_at)


def _page(purchase: UnknownPurchase) -> str:
    return reverse("admin:orders_unknownpurchase_change", args=[purchase.pk])


def _decided_before(object_id: str) -> Purchase | None:
    """Return the purchase of this number that is unknown no more, or None where there is none."""
    number = whole_number(object_id)
    return None if number is None else Purchase.objects.filter(pk=number).first()


def _to_its_order(request: HttpRequest, purchase: Purchase | None) -> HttpResponse:
    if purchase is None:
        raise Http404("there is no such purchase")
    decided = f"has been decided: it is {purchase.state}, as its order shows."
    sent_now = "is being sent again at this moment: look again in a minute."
    messages.info(request, f"Purchase {purchase.pk} {sent_now if purchase.in_doubt else decided}")
    return HttpResponseRedirect(reverse("admin:orders_order_change", args=[purchase.order_id]))


def _together(what: str, queryset: QuerySet[Any]) -> HttpResponse:
    ids = ",".join(str(each) for each in queryset.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return HttpResponseRedirect(
        f"{reverse('admin:orders_unknownpurchase_together', args=[what])}?{urlencode({'ids': ids})}"
    )


def _decided(purchase: UnknownPurchase, decide: Callable[..., Order], actor: str, reason: str) -> bool:
    try:
        decide(order_id=purchase.order_id, purchase_id=purchase.pk, actor=actor, reason=reason)
    except CannotDecide:
        return False  # somebody else has decided it meanwhile
    return True


def _in_words(news: News) -> str:
    if isinstance(news, StatusNews):
        told = {
            "status": news.said or "none",
            "start count": news.start_count,
            "remains": news.remains,
            "charge": None if news.charge is None else dollars(news.charge),
        }
        return ", ".join(f"{name} {value}" for name, value in told.items() if value is not None) + "."
    return f"it knows no such order ({news.why})." if isinstance(news, NotFound) else f"nothing of use ({news.why})."
