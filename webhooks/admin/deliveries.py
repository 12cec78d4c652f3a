"""The operator's screen of deliveries: what was told where, each time it was tried, and sending it again."""

from typing import Any

import orjson
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.queries import account_by_email
from events.models import Event
from kit import clock, ids
from kit.asking import Question, ask, button, found
from kit.screens import Shown, Table, link, moment, short, whole_number
from orders.models import Order
from webhooks.admin.forms import OptionalReasonForm
from webhooks.models import Delivery, Endpoint
from webhooks.operations import resending
from webhooks.outbox import attempts_at
from webhooks.states import DELIVERY_TRANSITIONS, DeliveryState

# unfold's style sheet has no class for either: lines as they are, broken where they would be too wide.
WRAPPED = "white-space: pre-wrap; overflow-wrap: anywhere"
BODY = f'<pre class="text-xs leading-relaxed" style="{WRAPPED}">{{}}</pre>'
ANSWER = (
    '<details><summary class="cursor-pointer whitespace-normal">{}</summary>'
    f'<pre class="text-xs" style="{WRAPPED}">{{}}</pre></details>'
)
SEND_AGAIN = Question(
    "Send it again",
    "Send again",
    OptionalReasonForm,
    "It is sent now, with the same webhook-id and body; a receiver that has it already knows it by these. One that has "
    "ended gets its whole schedule anew.",
)


class StateFilter(admin.SimpleListFilter):
    """Deliveries by what became of them."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states."""
        return [(state.value, str(state.label).lower()) for state in DeliveryState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the deliveries in the chosen state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(Shown):
    """Every delivery, the latest first."""

    list_display = ["made", "kind", "goes_to", "owner", "state", "when", "came_to"]
    list_display_links = ["made"]
    list_select_related = ["event", "endpoint__account"]
    list_filter = [StateFilter]
    search_fields = ["event__public_id"]
    search_help_text = "an event (evt_…), an endpoint (whk_…), an order (ord_… or number), or an account's e-mail"
    fields = [
        ("kind", "shown_event"),
        ("of_endpoint", "owner"),
        ("state", "last_attempt"),
        ("tries", "when"),
        ("made", "held_until"),
        "pretty_body",
    ]
    readonly_fields = ["kind", "shown_event", "of_endpoint", "owner", "when", "made", "held_until", "pretty_body"]
    readonly_fields += ["last_attempt"]
    actions_detail = ["again"]
    change_form_outer_after_template = "kit/tables.html"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the event, the endpoint, the order or the account; each is looked up first, by its index."""
        event, endpoint, order = (ids.parsed(prefix, term) for prefix in ("evt", "whk", "ord"))
        number = whole_number(term)
        if event is not None:
            return rows.filter(event__in=list(Event.objects.filter(public_id=event)))
        if endpoint is not None:
            return rows.filter(endpoint__in=list(Endpoint.objects.filter(public_id=endpoint)))
        if order is not None:
            number = Order.objects.filter(public_id=order).values_list("pk", flat=True).first()
        if number is not None:
            return rows.filter(event__in=list(Event.objects.filter(subject="order", subject_id=number)))
        account = account_by_email(term)
        return (
            rows.none() if account is None else rows.filter(endpoint__in=list(Endpoint.objects.filter(account=account)))
        )

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer to send it again where that is possible for its state."""
        delivery = self.get_object(request, str(object_id))
        possible = delivery is not None and DeliveryState.DUE in DELIVERY_TRANSITIONS[delivery.state]
        return list(super().get_actions_detail(request, object_id)) if possible else []

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the delivery with every attempt."""
        number = whole_number(object_id)
        tables = [] if number is None else [attempts_table(number)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @button("Send again…", "again", icon="replay")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it again."""
        delivery = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            resending.send_again(delivery_id=delivery.pk, actor=request.user.get_username(), **given)
            rest = delivery.endpoint.resting_until
            if rest is not None and rest > clock.now():
                return f"It is sent again when its endpoint's rest is over: {moment(rest)}."
            return "It is sent again, now."

        back = reverse("admin:webhooks_delivery_change", args=[delivery.pk])
        about = f"{delivery.event.kind} to {delivery.endpoint}"
        return ask(self, request, SEND_AGAIN, then=then, refusals=(resending.CannotSend,), back=back, about=about)

    @admin.display(description="made")
    def made(self, delivery: Delivery) -> SafeString:
        """Return when it was put into the outbox."""
        return short(moment(delivery.made_at))

    @admin.display(description="event")
    def kind(self, delivery: Delivery) -> SafeString:
        """Return what it tells of, as a link to the fact."""
        return link(delivery.event.kind, "events_event_change", delivery.event_id)

    @admin.display(description="webhook-id")
    def shown_event(self, delivery: Delivery) -> str:
        """Return the event's public id, by which the receiver knows a repetition."""
        return delivery.shown_event

    @admin.display(description="endpoint")
    def of_endpoint(self, delivery: Delivery) -> SafeString:
        """Return a link to where it goes."""
        return link(delivery.endpoint.url, "webhooks_endpoint_change", delivery.endpoint_id)

    @admin.display(description="endpoint")
    def goes_to(self, delivery: Delivery) -> SafeString:
        """Return the same in short, for the list: what comes before the host is alike in all of them."""
        address = delivery.endpoint.url.partition("://")[2]
        return link(short(address, 36), "webhooks_endpoint_change", delivery.endpoint_id)

    @admin.display(description="account")
    def owner(self, delivery: Delivery) -> SafeString:
        """Return a link to whose endpoint it is."""
        return link(delivery.endpoint.account, "accounts_user_change", delivery.endpoint.account_id)

    @admin.display(description="next or ended")
    def when(self, delivery: Delivery) -> SafeString:
        """Return when it is tried next, or when it ended."""
        return short(next_or_ended(delivery))

    @admin.display(description="last attempt")
    def last_attempt(self, delivery: Delivery) -> str:
        """Return what the last attempt came to."""
        return delivery.said

    @admin.display(description="last attempt")
    def came_to(self, delivery: Delivery) -> SafeString:
        """Return its beginning, for the list."""
        return short(delivery.said, 26)

    @admin.display(description="a worker holds it until")
    def held_until(self, delivery: Delivery) -> str:
        """Return until when a worker holds it."""
        return moment(delivery.claimed_until)

    @admin.display(description="body")
    def pretty_body(self, delivery: Delivery) -> SafeString:
        """Return what is sent, its members a line each; the bytes that are signed have none of these spaces."""
        return format_html(BODY, orjson.dumps(orjson.loads(delivery.body), option=orjson.OPT_INDENT_2).decode())


def next_or_ended(delivery: Delivery) -> str:
    """Return when it is tried next, or when it ended."""
    if delivery.ended_at is not None:
        return f"ended {moment(delivery.ended_at)}"
    return f"next {moment(delivery.due_at)}"


def attempts_table(delivery_id: int) -> Table:
    """Return the delivery's attempts, the latest first."""
    return Table(
        title="Attempts",
        headers=["At", "Took, ms", "Status", "Error", "Answer"],
        rows=[
            [short(moment(each.at)), each.ms, each.status or "", each.error, _answer(each.excerpt)]
            for each in attempts_at(delivery_id)
        ],
    )


def _answer(excerpt: str) -> SafeString | str:
    first = excerpt.strip().partition("\n")[0]
    return excerpt if len(excerpt) <= 80 else format_html(ANSWER, f"{first[:80]}…", excerpt)
