"""Mass order: the operator pastes lines, and sees what came of each."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from accounts.queries import account_by_email
from kit import ids
from kit.asking import Question, ask, button
from kit.screens import Screen, Table, link
from orders.operations.mass import MOST_LINES, WRITTEN_AS, LineOutcome, TooManyLines, place_all


class MassOrderForm(forms.Form):
    """Asks whose orders they are, and for the lines."""

    account = forms.CharField(
        max_length=254,
        widget=UnfoldAdminEmailInputWidget(),
        help_text="the e-mail address of the account whose wallet pays",
    )
    lines = forms.CharField(
        strip=False,  # a line keeps its number
        max_length=MOST_LINES * 1100,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12, "placeholder": "1 | https://example.com/p/1 | 1000"}),
        help_text=f"{WRITTEN_AS}, one order a line, at most {MOST_LINES}",
    )
    batch_id = forms.UUIDField(initial=ids.new_id, widget=forms.HiddenInput())

    def clean_account(self) -> User:
        """Return the account.

        :raises ValidationError: where there is none with this address.
        """
        account = account_by_email(self.cleaned_data["account"])
        if account is None:
            raise forms.ValidationError("No account has this e-mail address.")
        return account

    def clean_lines(self) -> str:
        """Return the lines.

        :raises ValidationError: where all are blank.
        """
        lines: str = self.cleaned_data["lines"]
        if not lines.strip():
            raise forms.ValidationError("Write at least one line.")
        return lines


MASS_ORDER = Question(
    "Mass order",
    "Order",
    MassOrderForm,
    "Each line is an order of its own, paid from the account's wallet; one that is refused stops no other. "
    "Sending this form twice orders once.",
)


class MassOrdering(Screen):
    """A list of orders with the button that places many."""

    actions_list = ["mass_order"]

    def has_place_permission(self, request: HttpRequest) -> bool:
        """Return whether the operator may order in an account's name."""
        return bool(request.user.has_perm("orders.add_order"))

    @button("Mass order…", "mass-order", icon="playlist_add", permission="place")
    def mass_order(self, request: HttpRequest) -> HttpResponse:
        """Place an order for each line."""

        def then(given: dict[str, Any]) -> HttpResponse:
            account = given["account"]
            actor = request.user.get_username()
            outcomes = place_all(account_id=account.pk, text=given["lines"], batch_id=given["batch_id"], actor=actor)
            return self._shown(request, account, outcomes)

        back = reverse("admin:orders_order_changelist")
        initial = {"account": request.GET.get("account", "")}
        return ask(
            self, request, MASS_ORDER, then=then, refusals=(TooManyLines,), back=back, initial=initial, whole=False
        )

    def _shown(self, request: HttpRequest, account: User, outcomes: list[LineOutcome]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Mass order: {account}",
            "tables": [_table(outcomes)],
            "back": reverse("admin:orders_order_changelist"),
            "again": reverse("admin:orders_order_mass_order"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "orders/mass_order.html", context)


def _table(outcomes: list[LineOutcome]) -> Table:
    placed = sum(each.order is not None for each in outcomes)
    return Table(
        title=f"{placed} of {len(outcomes)} lines are ordered",
        headers=["Line", "What it says", "Order", "Why not"],
        rows=[[each.number, each.text, _order(each), each.refusal] for each in outcomes],
    )


def _order(outcome: LineOutcome) -> str:
    if outcome.order is None:
        return ""
    shown = ids.shown("ord", outcome.order.public_id)
    return link(shown, "orders_order_change", outcome.order.id)
