"""The operator's screen of what providers' lists would change: read, approved or refused, one or many at once."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog import telling_changes
from catalog.models import OPEN, ChangeState, SyncChange
from catalog.operations.syncing import CannotDecide, Decided, approve, refuse
from kit.asking import Question, ask, button, found
from kit.screens import Shown, link, moment, short, whole_number

SHOWN = 5
APPROVE = Question(
    "Approve",
    "Approve",
    forms.Form,
    "It is taken over: a price becomes our cost and the rate follows by its rule, a new service goes on sale under the "
    "provider's name, what is gone is switched off, another type becomes ours.",
)
REFUSE = Question(
    "Refuse",
    "Refuse",
    forms.Form,
    "Ours stays as it is, and the same is not asked again. A source that was switched off for it stays off.",
)
Operation = Callable[..., Decided]


class StateFilter(admin.SimpleListFilter):
    """What waits, or what became of it."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states, and all that waits as one."""
        return [("open", "all that waits"), *((state.value, str(state.label)) for state in ChangeState)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the changes in the chosen state."""
        chosen = {"open": list(OPEN), None: list(ChangeState)}.get(self.value(), [self.value()])
        return queryset.filter(state__in=chosen)


class KindFilter(admin.SimpleListFilter):
    """What changed."""

    title = "what changed"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds in people's words."""
        return [(field, telling_changes.kind(field)) for field in telling_changes.KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the changes of the chosen kind."""
        return queryset.filter(field=self.value()) if self.value() else queryset


@admin.register(SyncChange)
class SyncChangeAdmin(Shown):
    """Every change, the latest first; those that wait can be decided."""

    list_display = ["seen", "provider", "what", "kind", "moved", "state_told", "decided_by"]
    list_display_links = ["what"]
    list_select_related = ["provider", "source__service"]
    list_filter = [StateFilter, KindFilter, "provider"]
    search_fields = ["remote_id"]
    search_help_text = "the provider's own id, whole, or the number of our service"
    fields = [
        "provider",
        "remote_id",
        "what",
        "service",
        "kind",
        "moved",
        "seen",
        "state_told",
        "decided_by",
        "decided",
    ]
    readonly_fields = ["what", "service", "kind", "moved", "seen", "state_told", "decided_by", "decided"]
    actions = ["approve_selected", "refuse_selected"]
    actions_detail = ["approve_one", "refuse_one"]

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the provider's id, or by our service."""
        number = whole_number(term)
        ours = Q(pk__in=[]) if number is None else Q(source__service=number)
        return rows.filter(Q(remote_id=term) | ours)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer the decision on what waits."""
        change = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if change and change.state in OPEN else []

    @admin.action(description="Approve what waits among the selected", permissions=["operate"])
    def approve_selected(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Take them over."""
        self._decide(request, rows, approve, "approved")

    @admin.action(description="Refuse what waits among the selected", permissions=["operate"])
    def refuse_selected(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Leave ours as it is."""
        self._decide(request, rows, refuse, "refused")

    @button("Approve…", "approve")
    def approve_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take it over."""
        return self._ask(request, object_id, APPROVE, approve, "It is taken over.")

    @button("Refuse…", "refuse")
    def refuse_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave ours as it is."""
        return self._ask(request, object_id, REFUSE, refuse, "Ours stays as it is.")

    def _decide(self, request: HttpRequest, rows: QuerySet[Any], decide: Operation, done: str) -> None:
        ids = list(rows.filter(state__in=OPEN).order_by().values_list("pk", flat=True))
        decided = decide(change_ids=ids, actor=request.user.get_username())
        messages.success(request, f"{decided.done} {done}.")
        if decided.left:
            messages.warning(request, _left(decided.left))

    def _ask(
        self, request: HttpRequest, object_id: str, question: Question, decide: Operation, done: str
    ) -> HttpResponse:
        change = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            decided = decide(change_ids=[change.pk], actor=request.user.get_username())
            if not decided.done:
                raise CannotDecide(decided.left[0][1] if decided.left else "it has been decided already")
            return done

        back = reverse("admin:catalog_syncchange_change", args=[change.pk])
        told = telling_changes.line(change)
        return ask(self, request, question, then=then, refusals=(CannotDecide,), back=back, about=told)

    @admin.display(description="seen")
    def seen(self, change: SyncChange) -> SafeString:
        """Return when it was first seen."""
        return short(moment(change.at))

    @admin.display(description="service there")
    def what(self, change: SyncChange) -> SafeString:
        """Return the provider's id and our name of it."""
        return short(f"{change.remote_id} {change.name}", 40)

    @admin.display(description="our service")
    def service(self, change: SyncChange) -> SafeString | str:
        """Return a link to what it is sold as."""
        if change.source is None:
            return "none"
        return link(change.source.service, "catalog_service_change", change.source.service_id)

    @admin.display(description="change")
    def kind(self, change: SyncChange) -> str:
        """Return what changed."""
        return telling_changes.kind(change.field)

    @admin.display(description="old → new")
    def moved(self, change: SyncChange) -> str:
        """Return what it was and what it is, with the percentage of a price."""
        return telling_changes.moved(change)

    @admin.display(description="state")
    def state_told(self, change: SyncChange) -> str:
        """Return what became of it."""
        return change.get_state_display()

    @admin.display(description="by")
    def decided_by(self, change: SyncChange) -> str:
        """Return who decided it."""
        return change.actor

    @admin.display(description="decided")
    def decided(self, change: SyncChange) -> str:
        """Return when it was decided."""
        return moment(change.decided_at)


def _left(left: Sequence[tuple[SyncChange, str]]) -> str:
    told = "; ".join(f"{change.remote_id} {change.name}: {why}" for change, why in left[:SHOWN])
    more = f"; and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    return f"{len(left)} could not be: {told}{more}."
