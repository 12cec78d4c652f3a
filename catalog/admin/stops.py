"""The operator's screen of stops."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog import operations
from catalog.admin.screens import RemovableScreen
from catalog.models import Stop
from kit.asking import Question, ReasonForm
from kit.screens import Table, moment


@admin.register(Stop)
class StopAdmin(RemovableScreen):
    """No new orders: of a service, at a provider, or (neither chosen) of the whole panel."""

    removing = Question("Take new orders again", "Take orders again", ReasonForm)
    list_display = ["what", "text", "from_when"]
    list_select_related = ["service", "provider"]
    fields = ["service", "provider", "text"]
    autocomplete_fields = ["service"]

    def get_readonly_fields(self, request: HttpRequest, obj: Stop | None = None) -> list[str]:
        """Return what is stopped: another thing is another stop."""
        return ["service", "provider"] if obj else []

    def tables(self, row_id: int) -> list[Table]:
        """Return nothing: what happened is in the history of what is stopped."""
        return []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Stop by the operation, in the operator's name."""
        text, actor = form.cleaned_data["text"], request.user.get_username()
        if change:
            operations.change_stop(stop_id=obj.pk, text=text, actor=actor)
            return
        which = {"service_id": obj.service_id, "provider_id": obj.provider_id}
        obj.pk = operations.stop_orders(text=text, actor=actor, **which).pk

    def end(self, row: Stop, actor: str, reason: str) -> None:
        """Take new orders again."""
        operations.resume_orders(stop_id=row.pk, actor=actor, reason=reason)

    @admin.display(description="no new orders")
    def what(self, stop: Stop) -> str:
        """Return what is stopped."""
        return str(stop.service or stop.provider or "the whole panel")

    @admin.display(description="since", ordering="since")
    def from_when(self, stop: Stop) -> str:
        """Return since when."""
        return moment(stop.since)
