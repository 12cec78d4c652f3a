"""The operator's screen of orders: each with its purchases, its history and its money, and the decisions."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.queries import account_by_email
from events.admin import history_table
from events.queries import history
from kit import ids
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import Shown, Table, dollars, link, moment, short, whole_number
from orders import ledger, operations
from orders.admin.attaching import DETACH, PLACED, REFUSALS, attach
from orders.admin.attempts import attempts_table, margin_of
from orders.admin.cancels import cancels_table
from orders.admin.mass import MassOrdering
from orders.admin.pricing import price_table
from orders.admin.refill_tables import refills_table
from orders.admin.stuck import StuckFilter
from orders.models import Order, Purchase
from orders.queries import wrongly_attached
from orders.states import ENDED, PurchaseState
from providers.queries import provider_ids
from wallets.admin import signed

LATEST = 200
CANCEL = Question(
    "Cancel and refund",
    "Cancel and refund",
    ReasonForm,
    "What is not delivered goes back into the wallet. The provider is not told: it may go on delivering.",
    danger=True,
)
RESEND = Question(
    "Resend",
    "Resend",
    ReasonForm,
    "It is sent once more. A provider of the standard dialect knows it by its request_id: it is not bought twice. "
    "Of any other you say that it did not take the order: if it did, it is bought twice. Look at its own list first.",
    danger=True,
)
NOT_PLACED = Question(
    "Mark as not placed",
    "Mark as not placed",
    ReasonForm,
    "You say that the provider did not take the order: it fails, and the whole charge goes back into the wallet.",
    danger=True,
)


@admin.register(Order)
class OrderAdmin(MassOrdering, Shown):
    """Every order, the latest first."""

    list_display = ["shown", "account", "status", "quantity", "kept", "placed", "what", "where"]
    list_display_links = ["shown"]
    list_select_related = ["account", "service"]
    list_filter = ["status", StuckFilter]
    search_fields = ["link"]
    search_help_text = "an order's id (ord_… or number), the provider's id of it, an account's e-mail, or a whole link"
    fields = [
        ("shown", "number"),
        ("buyer", "status"),
        ("sold", "price"),
        "link",
        ("quantity", "charged"),
        ("left", "given_back"),
        ("placed_at", "ended"),
        ("start_count", "earned"),
    ]
    readonly_fields = [
        *("shown", "number", "buyer", "sold", "left", "price", "charged", "given_back", "placed_at", "ended"),
        "earned",
    ]
    actions_detail = ["mark_placed", "resend", "mark_not_placed", "detach", "cancel_and_refund"]
    change_form_outer_after_template = "kit/tables.html"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by our ids, the provider's, the account's e-mail address, or the link."""
        public_id = ids.parsed("ord", term)
        if public_id is not None:
            return rows.filter(public_id=public_id)
        if "://" in term:
            return rows.filter(link=term)
        if "@" in term:
            return rows.filter(account=account_by_email(term))
        number = whole_number(term)
        theirs = Purchase.objects.filter(provider_id__in=provider_ids(), provider_order_id=term)
        return rows.filter(pk__in=[*theirs.values_list("order_id", flat=True), *([] if number is None else [number])])

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer the decisions that can be taken of this order now."""
        order = self.get_object(request, str(object_id))
        unknown = Purchase.objects.filter(order=order, state=PurchaseState.UNKNOWN).exists() if order else False
        possible = {
            "orders_order_mark_placed": unknown,
            "orders_order_resend": unknown,
            "orders_order_mark_not_placed": unknown,
            "orders_order_detach": order is not None and bool(wrongly_attached(order.pk)),
            "orders_order_cancel_and_refund": order is not None and order.status not in ENDED,
        }
        return [each for each in super().get_actions_detail(request, object_id) if possible[each.action_name]]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the order with its purchases, its money and its history."""
        order = self.get_object(request, object_id)
        tables = [] if order is None else _tables(order)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @button("Mark as placed…", "placed")
    def mark_placed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Follow the order under the id it has at the provider."""
        return self._decide(request, object_id, PLACED, attach, "It is followed from here on.")

    @button("Resend…", "resend")
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the unknown purchase once more."""
        return self._decide(request, object_id, RESEND, operations.resend, "It is sent once more.")

    @button("Mark as not placed…", "not-placed")
    def mark_not_placed(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Fail and refund the order whose purchase is unknown."""
        return self._decide(request, object_id, NOT_PLACED, operations.mark_not_placed, "It failed and is refunded.")

    @button("Detach…", "detach")
    def detach(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take back an id that the provider never knew."""
        return self._decide(request, object_id, DETACH, operations.detach, "It waits for a decision again.")

    @button("Cancel and refund…", "cancel")
    def cancel_and_refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the order up."""
        return self._decide(request, object_id, CANCEL, operations.cancel_and_refund, "It is given up.")

    def _decide(
        self, request: HttpRequest, object_id: str, question: Question, decide: Callable[..., Order], done: str
    ) -> HttpResponse:
        order = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            after = decide(order_id=order.pk, actor=request.user.get_username(), **given)
            return f"{done} Order {after.pk} is {after.status} now; refunded {dollars(after.refunded)} USD in all."

        back = reverse("admin:orders_order_change", args=[order.pk])
        # Each decision is a transaction of its own, and one of them asks a provider before it.
        return ask(self, request, question, then=then, refusals=REFUSALS, back=back, about=order, whole=False)

    @admin.display(description="no.")
    def number(self, order: Order) -> int:
        """Return its number."""
        return order.pk

    @admin.display(description="order")
    def shown(self, order: Order) -> str:
        """Return its public id."""
        return order.shown_id

    @admin.display(description="account")
    def buyer(self, order: Order) -> SafeString:
        """Return a link to whose it is."""
        return link(order.account, "accounts_user_change", order.account_id)

    @admin.display(description="service")
    def sold(self, order: Order) -> SafeString:
        """Return a link to what was ordered."""
        return link(order.service, "catalog_service_change", order.service_id)

    @admin.display(description="service")
    def what(self, order: Order) -> SafeString:
        """Return what was ordered, for the list."""
        return short(str(order.service), 24)

    @admin.display(description="link")
    def where(self, order: Order) -> SafeString:
        """Return where it goes, for the list."""
        return short(order.link, 28)

    @admin.display(description="remains")
    def left(self, order: Order) -> int:
        """Return what is still to come."""
        return order.remains

    @admin.display(description="kept, USD")
    def kept(self, order: Order) -> str:
        """Return what of the charge is kept."""
        return dollars(order.charge - order.refunded)

    @admin.display(description="rate, USD")
    def price(self, order: Order) -> str:
        """Return the rate that was agreed."""
        return dollars(order.rate)

    @admin.display(description="charged, USD")
    def charged(self, order: Order) -> str:
        """Return what was taken."""
        return dollars(order.charge)

    @admin.display(description="refunded, USD")
    def given_back(self, order: Order) -> str:
        """Return what has gone back."""
        return dollars(order.refunded)

    @admin.display(description="margin, USD")
    def earned(self, order: Order) -> str:
        """Return what is left of the charge after its costs."""
        return margin_of(order)

    @admin.display(description="placed")
    def placed_at(self, order: Order) -> str:
        """Return when it was placed."""
        return moment(order.created_at)

    @admin.display(description="placed")
    def placed(self, order: Order) -> SafeString:
        """Return the minute it was placed, for the list."""
        return short(moment(order.created_at)[:16])

    @admin.display(description="ended")
    def ended(self, order: Order) -> str:
        """Return when it ended."""
        return moment(order.ended_at)


def _tables(order: Order) -> list[Table]:
    return [
        attempts_table(order),
        *(table for table in (cancels_table(order), refills_table(order)) if table.rows),
        price_table(order),
        _money(order),
        history_table(history("order", order.pk)[:LATEST], "order", order.pk),
    ]


def _money(order: Order) -> Table:
    return Table(
        title="Ledger entries",
        headers=["Entry", "When", "Amount, USD", "Balance after", "Reference", "By"],
        rows=[
            [
                link(e.pk, "wallets_entry_change", e.pk),
                moment(e.at),
                signed(e),
                dollars(e.balance_after),
                e.reference,
                e.actor,
            ]
            for e in ledger.entries(order)
        ],
        more=link("The wallet", "wallets_wallet_change", order.account_id),
    )
