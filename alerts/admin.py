"""The operator's screen of alerts: what lasts, and what is over."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from alerts import operations
from alerts.models import Alert
from alerts.operations import AlertEnded
from kit import clock
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import LINK, Shown, moment, short

CLEAR = Question(
    "Clear",
    "Clear",
    ReasonForm,
    "You say that it is dealt with. Where its cause lasts, you are told anew.",
)
HIDE = Question(
    "Hide from the banner",
    "Hide",
    ReasonForm,
    "The banner leaves it out for as long as it lasts; this list goes on showing it. You are told when it comes back.",
)


class LastingFilter(admin.SimpleListFilter):
    """What lasts, unless the operator asks for what is over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the two."""
        return [("lasting", "lasting"), ("over", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the alerts in the chosen state."""
        chosen = self.value()
        return queryset.filter(cleared_at__isnull=chosen == "lasting") if chosen else queryset


@admin.register(Alert)
class AlertAdmin(Shown):
    """Every alert, the latest first."""

    list_display = ["since", "kind", "what", "until", "mailed"]
    list_display_links = ["since"]
    list_filter = [LastingFilter]
    ordering = ["-raised_at", "-id"]
    fields = ["kind", "text", "page", "since", "mailed", "mail_problem", "hidden", "until"]
    readonly_fields = ["page", "since", "mailed", "hidden", "until"]
    actions_detail = ["clear", "hide"]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done about it now."""
        alert = self.get_object(request, str(object_id))
        lasts = alert is not None and alert.cleared_at is None
        possible = {"alerts_alert_clear": lasts, "alerts_alert_hide": lasts and alert.hidden_at is None}
        return [each for each in super().get_actions_detail(request, object_id) if possible[each.action_name]]

    @button("Clear…", "clear")
    def clear(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that it is dealt with."""
        return self._end(request, object_id, CLEAR, operations.clear_by_hand, "It is cleared.")

    @button("Hide from the banner…", "hide")
    def hide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave it out of the banner."""
        return self._end(request, object_id, HIDE, operations.hide, "The banner leaves it out now.")

    def _end(self, request: HttpRequest, object_id: str, question: Question, end: Any, done: str) -> HttpResponse:
        alert = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            end(alert_id=alert.pk, actor=request.user.get_username(), **given)
            return done

        back = reverse("admin:alerts_alert_change", args=[alert.pk])
        return ask(self, request, question, then=then, refusals=(AlertEnded,), back=back, about=alert.kind)

    @admin.display(description="since")
    def since(self, alert: Alert) -> SafeString:
        """Return when it was first seen, and how long ago."""
        return short(f"{moment(alert.raised_at)} ({timesince(alert.raised_at, clock.now())} ago)")

    @admin.display(description="what")
    def what(self, alert: Alert) -> SafeString:
        """Return its beginning, for the list."""
        return short(alert.text, 90)

    @admin.display(description="over at")
    def until(self, alert: Alert) -> str:
        """Return when it was over."""
        return moment(alert.cleared_at)

    @admin.display(description="mailed at")
    def mailed(self, alert: Alert) -> str:
        """Return when it was mailed."""
        return moment(alert.mailed_at)

    @admin.display(description="hidden at")
    def hidden(self, alert: Alert) -> str:
        """Return since when the banner leaves it out."""
        return moment(alert.hidden_at)

    @admin.display(description="where it is dealt with")
    def page(self, alert: Alert) -> SafeString | str:
        """Return a link to the page where it is dealt with."""
        return format_html(LINK, alert.path, alert.path) if alert.path.startswith("/") else ""
