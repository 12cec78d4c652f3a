"""The operator's screen of purchases: what was sent to providers, and above all those that nobody knows about."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from kit import clock, ids
from kit.asking import ask, button, found
from kit.screens import Shown, dollars, link, moment, pairs, short, whole_number
from orders.admin.attaching import DETACH
from orders.margins import in_usd
from orders.models import Purchase
from orders.operations import CannotDecide, detach
from orders.queries import wrongly_attached
from orders.resends import REQUEST_ID, WAITS
from orders.states import PurchaseState
from providers.queries import provider_ids

SHORT = 160


class StateFilter(admin.SimpleListFilter):
    """The states that an index finds: those of purchases that have not ended."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states that are worth looking for."""
        wanted = (PurchaseState.UNKNOWN, PurchaseState.SUBMITTING, PurchaseState.QUEUED, PurchaseState.PLACED)
        return [(state.value, str(state.label)) for state in wanted]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the purchases in the chosen state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Purchase)
class PurchaseAdmin(Shown):
    """Every attempt to buy, the latest first."""

    list_display = ["bought_for", "provider", "state", "what_was_sent", "sent_at", "said", "number"]
    list_display_links = ["number"]  # the order's id leads to where it is decided
    list_select_related = ["order", "provider"]
    list_filter = [StateFilter]
    ordering = ["-id"]
    search_fields = ["provider_order_id"]
    search_help_text = "an order's id of ours, or the provider's id of it"
    fields = [
        *("bought_for", "run", "attempt", "provider", "source", "quantity", "state", "reported", "provider_order_id"),
        *("what_was_sent", "sent_at", "again", "answer", "due", "price", "price_in_usd", "start_count", "remains"),
        *("first_known", "balance"),
    ]
    readonly_fields = [
        *("bought_for", "what_was_sent", "sent_at", "again", "due", "price", "price_in_usd", "first_known", "balance"),
    ]
    actions_detail = ["detach"]

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by our order or the provider's."""
        public_id = ids.parsed("ord", term)
        if public_id is not None:
            return rows.filter(order__public_id=public_id)
        return rows.filter(pk__in={*ids_at_provider(term), *_of_order(whole_number(term))})

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer to detach it where that can be done."""
        purchase = self.get_object(request, str(object_id))
        wrong = purchase is not None and purchase in wrongly_attached(purchase.order_id)
        return super().get_actions_detail(request, object_id) if wrong else []

    @button("Detach…", "detach")
    def detach(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back an id that the provider never knew."""
        purchase = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            detach(order_id=purchase.order_id, purchase_id=purchase.pk, actor=request.user.get_username(), **given)
            return "It waits for a decision again, under Unknown purchases."

        back = reverse("admin:orders_purchase_change", args=[purchase.pk])
        about = f"purchase {purchase.pk} of {purchase.order}"
        return ask(self, request, DETACH, then=then, refusals=(CannotDecide,), back=back, about=about)

    @admin.display(description="purchase")
    def number(self, purchase: Purchase) -> int:
        """Return its number."""
        return purchase.pk

    @admin.display(description="order")
    def bought_for(self, purchase: Purchase) -> SafeString:
        """Return a link to the order, where it is decided."""
        return link(purchase.order, "orders_order_change", purchase.order_id)

    @admin.display(description="sent")
    def what_was_sent(self, purchase: Purchase) -> str:
        """Return what the provider was sent."""
        return sent(purchase)

    @admin.display(description="at")
    def sent_at(self, purchase: Purchase) -> SafeString:
        """Return when it was sent."""
        return short(moment(purchase.claimed_at))

    @admin.display(description="sent again")
    def again(self, purchase: Purchase) -> str:
        """Return how often and until when it is sent again by itself, or that it is not."""
        return sent_again(purchase) or "no"

    @admin.display(description="due")
    def due(self, purchase: Purchase) -> str:
        """Return when it is next sent or asked about."""
        return moment(purchase.due_at)

    @admin.display(description="cost")
    def price(self, purchase: Purchase) -> str:
        """Return what the provider took, or is expected to."""
        return paid(purchase)

    @admin.display(description="cost, USD")
    def price_in_usd(self, purchase: Purchase) -> str:
        """Return the same in USD, by the exchange rate of when it was sent."""
        usd = in_usd(purchase.cost, purchase.exchange_rate)
        return "no exchange rate" if usd is None and purchase.cost is not None else dollars(usd)

    @admin.display(description="first known there")
    def first_known(self, purchase: Purchase) -> str:
        """Return when the provider first knew the order it had given an id."""
        return moment(purchase.found_at)

    @admin.display(description="our balance there before")
    def balance(self, purchase: Purchase) -> str:
        """Return what the provider last said of our balance before it was sent this."""
        return "" if purchase.balance_before is None else f"{dollars(purchase.balance_before)} {purchase.currency}"

    @admin.display(description="the provider's answer")
    def said(self, purchase: Purchase) -> str:
        """Return the beginning of the answer; all of it is on the purchase's page."""
        return purchase.answer[:SHORT]


def paid(purchase: Purchase) -> str:
    """Return the purchase's cost in its own currency."""
    return "" if purchase.cost is None else f"{dollars(purchase.cost)} {purchase.currency}"


def sent(purchase: Purchase) -> str:
    """Return what the provider was sent, in a line."""
    return pairs(purchase.sent.items()) or "nothing yet"


def sent_again(purchase: Purchase) -> str:
    """Return what is to be known of sending it again by itself, or nothing where it was not and will not be."""
    often = "once" if purchase.resends == 1 else f"{purchase.resends} times"
    told = [f"{often}, last at {moment(purchase.resent_at)}"] if purchase.resends else []
    if purchase.resend_at is not None:
        told.append(f"by itself at {moment(purchase.resend_at)}")
    return "; ".join(told)


def yours_because(purchase: Purchase) -> str:
    """Return why it is sent again no more, or nothing where it never was to be."""
    version, provider = purchase.provider_version, purchase.provider
    has_id = REQUEST_ID in purchase.sent
    if version is not None and version != provider.version and (has_id or provider.dialect == "standard"):
        return "its provider's address, key or dialect was changed since it was sent"
    # The last time it is not put off beyond HOLD_HOURS may be one of the longest waits before they have passed.
    since = (purchase.claimed_at or purchase.wanted_at) + timedelta(hours=settings.HOLD_HOURS) - WAITS[-1]
    return f"nothing was learnt for {settings.HOLD_HOURS} hours" if has_id and clock.now() >= since else ""


def sent_when(purchase: Purchase) -> str:
    """Return when it was sent, and sent again."""
    again = sent_again(purchase)
    return f"{moment(purchase.claimed_at)}; sent again {again}" if again else moment(purchase.claimed_at)


def ids_at_provider(term: str) -> list[int]:
    """Return the purchases that a provider knows by this id; each provider's index is asked."""
    found = Purchase.objects.filter(provider_id__in=provider_ids(), provider_order_id=term)
    return list(found.values_list("id", flat=True))


def _of_order(order_id: int | None) -> list[int]:
    return [] if order_id is None else list(Purchase.objects.filter(order_id=order_id).values_list("id", flat=True))
