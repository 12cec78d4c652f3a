"""The operator's screen of endpoints: where resellers are told, how each is doing, and what can be done about it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from accounts.queries import account_by_email
from events.admin import history_table
from events.queries import history
from kit import ids
from kit.screens import Shown, Table, link, list_link, moment, short
from webhooks.admin.deliveries import next_or_ended
from webhooks.admin.endpoint_buttons import EndpointButtons
from webhooks.admin.standing import StandingFilter, in_words
from webhooks.models import Delivery, Endpoint

LATEST = 20


@admin.register(Endpoint)
class EndpointAdmin(EndpointButtons, Shown):
    """Every endpoint, the latest first."""

    list_display = ["address", "owner", "listens_to", "state", "failing", "made"]
    list_display_links = ["address"]
    list_select_related = ["account", "api_key"]
    list_filter = [StandingFilter]
    search_fields = ["url"]
    search_help_text = "an endpoint's id (whk_…), an account's e-mail, or a part of the URL"
    fields = [
        ("shown", "state"),
        ("owner", "key"),
        "whole_url",
        "wanted",
        ("failing", "failures"),
        ("old_secret", "told"),
        ("made", "all_deliveries"),
    ]
    readonly_fields = ["shown", "state", "owner", "key", "whole_url", "wanted", "failing", "old_secret", "told"]
    readonly_fields += ["made", "all_deliveries"]
    change_form_outer_after_template = "kit/tables.html"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the id, the account, or a part of the URL: endpoints are few enough to look at each."""
        public_id = ids.parsed("whk", term)
        if public_id is not None:
            return rows.filter(public_id=public_id)
        account = account_by_email(term) if "@" in term else None
        return rows.filter(url__icontains=term) if account is None else rows.filter(account=account)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the endpoint with its latest deliveries and what happened to it."""
        endpoint = self.get_object(request, object_id)
        tables = [] if endpoint is None else [deliveries_table(endpoint), _history(endpoint)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @admin.display(description="endpoint")
    def shown(self, endpoint: Endpoint) -> str:
        """Return its public id."""
        return endpoint.shown_id

    @admin.display(description="account")
    def owner(self, endpoint: Endpoint) -> SafeString:
        """Return a link to whose it is."""
        return link(endpoint.account, "accounts_user_change", endpoint.account_id)

    @admin.display(description="API key")
    def key(self, endpoint: Endpoint) -> SafeString:
        """Return a link to the key that it belongs to, and in whose dialect it is told."""
        key = endpoint.api_key
        return link(f"{key.prefix}… ({key.dialect})", "accounts_apikey_change", key.pk)

    @admin.display(description="URL")
    def address(self, endpoint: Endpoint) -> SafeString:
        """Return its beginning, for the list."""
        return short(endpoint.url, 50)

    @admin.display(description="URL")
    def whole_url(self, endpoint: Endpoint) -> str:
        """Return all of it."""
        return endpoint.url

    @admin.display(description="events")
    def listens_to(self, endpoint: Endpoint) -> SafeString:
        """Return the beginning of what it listens to, for the list."""
        return short(self.wanted(endpoint), 40)

    @admin.display(description="events")
    def wanted(self, endpoint: Endpoint) -> str:
        """Return what it listens to."""
        return ", ".join(endpoint.events) or "all"

    @admin.display(description="state")
    def state(self, endpoint: Endpoint) -> str:
        """Return whether anything is sent there."""
        return in_words(endpoint)

    @admin.display(description="failing since")
    def failing(self, endpoint: Endpoint) -> SafeString:
        """Return the first failure since it last took something."""
        return short(moment(endpoint.failing_since))

    @admin.display(description="the old secret signs until")
    def old_secret(self, endpoint: Endpoint) -> str:
        """Return until when the secret before this one signs beside it."""
        return moment(endpoint.old_secret_until)

    @admin.display(description="owner told at")
    def told(self, endpoint: Endpoint) -> str:
        """Return when its owner was mailed that it is disabled."""
        return moment(endpoint.owner_told_at)

    @admin.display(description="made")
    def made(self, endpoint: Endpoint) -> SafeString:
        """Return when it was added."""
        return short(moment(endpoint.created_at))

    @admin.display(description="deliveries")
    def all_deliveries(self, endpoint: Endpoint) -> SafeString:
        """Return links to its deliveries, and to those that failed."""
        every = list_link("All", "webhooks_delivery_changelist", endpoint=endpoint.pk)
        failed = list_link("failed", "webhooks_delivery_changelist", endpoint=endpoint.pk, state="failed")
        return every + SafeString(", ") + failed


def deliveries_table(endpoint: Endpoint) -> Table:
    """Return the endpoint's latest deliveries."""
    latest = Delivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-id")[:LATEST]
    return Table(
        title="Latest deliveries",
        headers=["Made", "Event", "State", "Tries", "Next or ended", "What the last attempt came to"],
        rows=[
            [
                link(moment(each.made_at), "webhooks_delivery_change", each.pk),
                each.event.kind,
                each.state,
                each.tries,
                next_or_ended(each),
                each.said,
            ]
            for each in latest
        ],
        more=list_link("All deliveries", "webhooks_delivery_changelist", endpoint=endpoint.pk),
    )


def _history(endpoint: Endpoint) -> Table:
    return history_table(history("webhook", endpoint.pk).reverse()[:LATEST], "webhook", endpoint.pk)
