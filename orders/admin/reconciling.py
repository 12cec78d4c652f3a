"""The operator's screens of reconciliation: the providers' balances against our costs, and what he paid in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kit.asking import AmountField, Question, ask, button
from kit.screens import Shown, Table, dollars, link, moment, short
from orders.models import Reconciliation, Topup
from orders.operations.reconciling import TopupRefused, drifts, note_topup
from providers.models import Provider
from providers.queries import provider_named


class TopupForm(forms.Form):
    """Asks which provider was paid what, and the payment's reference."""

    provider = forms.ModelChoiceField(queryset=Provider.objects.all(), widget=UnfoldAdminSelectWidget)
    amount = AmountField(help_text="in the provider's currency; with a minus, what came back from it")
    reference = forms.CharField(
        max_length=128,
        widget=UnfoldAdminTextInputWidget,
        help_text="the payment's own, so that it is not noted twice",
    )
    paid_at = forms.DateTimeField(
        label="Paid at, UTC",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-01-31 14:05"}),
        help_text="when the provider had it; empty: now",
    )


TOPUP = Question(
    "Note a top-up",
    "Note it",
    TopupForm,
    "It moves no money: it explains to the reconciliation why the provider's balance rose.",
)


def ask_for_topup(screen: Shown, request: HttpRequest, back: str) -> HttpResponse:
    """Ask for a top-up, and note it."""

    def then(given: dict[str, Any]) -> str:
        provider = given.pop("provider")
        topup = note_topup(provider_id=provider.pk, actor=request.user.get_username(), **given)
        return f"{dollars(topup.amount)} {provider.currency} paid to {provider} are noted."

    initial = {"provider": provider_named(request.GET.get("provider", ""))}
    return ask(screen, request, TOPUP, then=then, refusals=(TopupRefused,), back=back, initial=initial)


@admin.register(Reconciliation)
class ReconciliationAdmin(Shown):
    """Every look at a provider's balance and at our costs there, the latest first."""

    list_display = ["when", "provider", "what_is_there", "what_was_spent", "what_was_paid_in", "off", "judged"]
    list_display_links = ["when"]
    list_select_related = ["provider"]
    list_filter = ["provider"]
    ordering = ["-at", "-id"]
    fields = [
        *("when", "where", "what_is_there", "what_was_spent", "what_was_paid_in", "off", "judged"),
        *("cost_in_all", "not_known"),
    ]
    readonly_fields = [*fields]
    actions_list = ["topup"]
    change_form_outer_after_template = "kit/tables.html"

    @button("Note a top-up…", "topup")
    def topup(self, request: HttpRequest) -> HttpResponse:
        """Note what was paid to a provider."""
        return ask_for_topup(self, request, reverse("admin:orders_reconciliation_changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the look with the provider's others and its top-ups."""
        row = self.get_object(request, object_id)
        tables = [] if row is None else [_looks(row), _topups(row)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @admin.display(description="when")
    def when(self, row: Reconciliation) -> SafeString:
        """Return the moment."""
        return short(moment(row.at))

    @admin.display(description="provider")
    def where(self, row: Reconciliation) -> SafeString:
        """Return a link to the provider."""
        return link(row.provider, "providers_provider_change", row.provider_id)

    @admin.display(description="balance")
    def what_is_there(self, row: Reconciliation) -> str:
        """Return what the provider said we have."""
        return _amount(row, row.balance)

    @admin.display(description="our orders' cost since the last look")
    def what_was_spent(self, row: Reconciliation) -> str:
        """Return what was spent by our books."""
        return _amount(row, row.spent)

    @admin.display(description="paid in")
    def what_was_paid_in(self, row: Reconciliation) -> str:
        """Return the top-ups."""
        return _amount(row, row.topped_up)

    @admin.display(description="drift")
    def off(self, row: Reconciliation) -> str:
        """Return what the balance fell more than is explained."""
        return _amount(row, row.drift)

    @admin.display(description="explained", boolean=True)
    def judged(self, row: Reconciliation) -> bool:
        """Return whether the drift is small enough."""
        return not drifts(row)

    @admin.display(description="cost of all our orders there")
    def cost_in_all(self, row: Reconciliation) -> str:
        """Return it."""
        return _amount(row, row.cost)

    @admin.display(description="unknown purchases, which may have cost this too")
    def not_known(self, row: Reconciliation) -> str:
        """Return it."""
        return _amount(row, row.unknown)


@admin.register(Topup)
class TopupAdmin(Shown):
    """Every payment to a provider that the operator noted."""

    list_display = ["when", "provider", "how_much", "reference", "actor"]
    list_display_links = ["when"]
    list_select_related = ["provider"]
    list_filter = ["provider"]
    ordering = ["-paid_at", "-id"]
    fields = ["when", "provider", "how_much", "reference", "actor"]
    readonly_fields = ["when", "how_much"]
    actions_list = ["topup"]

    @button("Note a top-up…", "topup")
    def topup(self, request: HttpRequest) -> HttpResponse:
        """Note what was paid to a provider."""
        return ask_for_topup(self, request, reverse("admin:orders_topup_changelist"))

    @admin.display(description="paid at")
    def when(self, topup: Topup) -> SafeString:
        """Return the moment."""
        return short(moment(topup.paid_at))

    @admin.display(description="amount")
    def how_much(self, topup: Topup) -> str:
        """Return what was paid."""
        return f"{dollars(topup.amount)} {topup.provider.currency}"


def _amount(row: Reconciliation, amount: Any) -> str:
    return f"{dollars(amount)} {row.currency}"


def _looks(row: Reconciliation) -> Table:
    looks: QuerySet[Reconciliation] = Reconciliation.objects.filter(provider_id=row.provider_id).order_by("-at")
    return Table(
        title=f"The last looks at {row.provider}",
        headers=["When", "Balance", "Our orders' cost", "Paid in", "Drift"],
        rows=[
            [
                link(moment(each.at), "orders_reconciliation_change", each.pk),
                _amount(each, each.balance),
                _amount(each, each.spent),
                _amount(each, each.topped_up),
                _amount(each, each.drift),
            ]
            for each in looks[:30]
        ],
    )


def _topups(row: Reconciliation) -> Table:
    topups = Topup.objects.filter(provider_id=row.provider_id)
    return Table(
        title=f"What was paid to {row.provider}",
        headers=["Paid at", "Amount", "Reference", "By"],
        rows=[[moment(each.paid_at), _amount(row, each.amount), each.reference, each.actor] for each in topups[:30]],
    )
