"""The operator's screen of subscriptions: each with its posts, and how to end one."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.queries import account_by_email
from events.admin import history_table
from events.queries import history
from kit import ids
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import Shown, Table, dollars, link, moment, short, whole_number
from orders.admin.attempts import attempts_table
from orders.models import Order, Post, Subscription
from orders.operations.subscriptions.ending import CannotEnd, end, end_unpaid
from orders.states import OPEN_POSTS, OPEN_SUBSCRIPTIONS, PostState

LATEST = 200
END = Question(
    "End the subscription",
    "End it",
    ReasonForm,
    "The provider is asked to stop. It ends when the provider has, and every post of it is paid; what is unused of the "
    "first post's money goes back into the wallet then.",
    danger=True,
)
END_UNPAID = Question(
    "End the subscription and write off what is owed",
    "End it and write off",
    ReasonForm,
    "The posts that are not paid are never charged. It ends when the provider has stopped.",
    danger=True,
)


@admin.register(Subscription)
class SubscriptionAdmin(Shown):
    """Every subscription, the latest first."""

    list_display = ["shown", "buyer", "username", "state", "came", "left", "needed", "expires_on"]
    list_display_links = ["shown"]
    list_select_related = ["order__account"]
    list_filter = ["state"]
    search_fields = ["username"]
    search_help_text = "its order's id (ord_… or number), an account's e-mail, or a user's name"
    ordering = ["-order_id"]
    fields = [
        ("ordered", "buyer"),
        ("username", "state"),
        ("min", "max"),
        ("posts_wanted", "old_posts"),
        ("came", "left"),
        ("delay", "expires_on"),
        ("needed", "cancel_requested"),
    ]
    readonly_fields = ["ordered", "buyer", "came", "left", "needed", "cancel_requested"]
    actions_detail = ["end", "end_unpaid"]
    change_form_outer_after_template = "kit/tables.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return them, each with the number of its posts."""
        counted = Post.objects.filter(subscription=OuterRef("pk")).exclude(state=PostState.WRITTEN_OFF)
        count = counted.order_by().values("subscription").annotate(all=Count("pk")).values("all")
        return super().get_queryset(request).annotate(counted=Coalesce(Subquery(count), 0))  # type: ignore[no-any-return]

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        """Find by the order's ids or the account's e-mail address."""
        public_id = ids.parsed("ord", term)
        if public_id is not None:
            return rows.filter(order__public_id=public_id)
        if "@" in term and account_by_email(term) is not None:
            return rows.filter(order__account=account_by_email(term))
        number = whole_number(term)
        return None if number is None else rows.filter(pk=number)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer to end what has not ended, and to write off where something is owed."""
        subscription = self.get_object(request, str(object_id))
        is_open = subscription is not None and subscription.state in OPEN_SUBSCRIPTIONS
        owes = is_open and subscription.posts.filter(state__in=OPEN_POSTS).exists()
        possible = {"orders_subscription_end": is_open, "orders_subscription_end_unpaid": owes}
        return [each for each in super().get_actions_detail(request, object_id) if possible[each.action_name]]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the subscription with its posts, what was bought for it, and its history."""
        subscription = self.get_object(request, object_id)
        tables = [] if subscription is None else _tables(subscription)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @button("End…", "end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it end."""
        return self._end(request, object_id, END, end)

    @button("End and write off…", "end-unpaid")
    def end_unpaid(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it end without what is owed."""
        return self._end(request, object_id, END_UNPAID, end_unpaid)

    def _end(
        self, request: HttpRequest, object_id: str, question: Question, decide: Callable[..., Order]
    ) -> HttpResponse:
        subscription = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            after = decide(order_id=subscription.pk, actor=request.user.get_username(), **given)
            done = after.ended_at is not None
            return "It has ended." if done else "It ends when the provider has stopped and every post is paid."

        back = reverse("admin:orders_subscription_change", args=[subscription.pk])
        return ask(self, request, question, then=then, refusals=(CannotEnd,), back=back, about=subscription.order)

    @admin.display(description="order")
    def shown(self, subscription: Subscription) -> str:
        """Return its order's public id."""
        return subscription.order.shown_id

    @admin.display(description="order")
    def ordered(self, subscription: Subscription) -> SafeString:
        """Return a link to its order."""
        return link(subscription.order, "orders_order_change", subscription.pk)

    @admin.display(description="account")
    def buyer(self, subscription: Subscription) -> SafeString:
        """Return a link to whose it is."""
        return link(subscription.order.account, "accounts_user_change", subscription.order.account_id)

    @admin.display(description="posts")
    def came(self, subscription: Any) -> int:
        """Return how many posts have come."""
        return int(subscription.counted)

    @admin.display(description="posts left")
    def left(self, subscription: Any) -> int | str:
        """Return how many are to come."""
        return (
            "until it is ended" if subscription.wanted is None else max(0, subscription.wanted - subscription.counted)
        )

    @admin.display(description="goes on at, USD")
    def needed(self, subscription: Subscription) -> str:
        """Return the balance with which it goes on."""
        return dollars(subscription.needs) if subscription.state == "paused" else ""

    @admin.display(description="its end was asked for")
    def cancel_requested(self, subscription: Subscription) -> str:
        """Return when."""
        return moment(subscription.cancel_requested_at)


def _tables(subscription: Subscription) -> list[Table]:
    order = subscription.order
    happened = history_table(history("order", order.pk)[:LATEST], "order", order.pk)
    return [_posts(subscription), attempts_table(order), happened]


def _posts(subscription: Subscription) -> Table:
    latest = subscription.posts.select_related("order", "provider").order_by("-id")[:LATEST]
    return Table(
        title="Posts",
        headers=["Its id there", "Provider", "Reported", "State", "Quantity", "By", "Order", "Kept, USD", "Note"],
        rows=[
            [
                each.provider_order_id,
                each.provider,
                moment(each.reported_at),
                each.state,
                "" if each.quantity is None else each.quantity,
                each.seen.get("basis", ""),
                "" if each.order is None else link(each.order, "orders_order_change", each.order_id),
                "" if each.order is None else dollars(each.order.charge - each.order.refunded),
                short(each.note),
            ]
            for each in latest
        ],
    )
