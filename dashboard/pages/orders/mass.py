"""Mass order: lines are pasted, each is an order of its own, and what came of each is shown."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import User
from dashboard.account import account_of
from dashboard.people.guarding import reseller_page
from kit import ids
from kit.money import ZERO
from orders.operations.mass import MOST_LINES, LineOutcome, TooManyLines, place_all
from orders.queries import charges

EXAMPLE = "1 | https://example.com/p/1 | 1000"


class MassOrderForm(forms.Form):
    """Asks for the lines."""

    lines = forms.CharField(
        label=gettext_lazy("Lines"),
        strip=False,  # a line keeps its number
        max_length=MOST_LINES * 1100,
        widget=forms.Textarea(attrs={"rows": 12, "placeholder": EXAMPLE, "class": "mono", "spellcheck": "false"}),
    )
    batch_id = forms.UUIDField(initial=ids.new_id, widget=forms.HiddenInput)

    def clean_lines(self) -> str:
        """Return the lines.

        :raises ValidationError: where all are blank.
        """
        lines: str = self.cleaned_data["lines"]
        if not lines.strip():
            raise forms.ValidationError(_("Write at least one line."))
        return lines


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one line: an order with its charge in USD, or why there is none."""

    number: int
    text: str
    order: str
    charge: Decimal
    again: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came of all of them."""

    lines: list[Line]

    @property
    def ordered(self) -> int:
        """Return how many are orders."""
        return sum(bool(each.order) for each in self.lines)

    @property
    def charged(self) -> Decimal:
        """Return what they cost in USD."""
        return sum((each.charge for each in self.lines), ZERO)

    @property
    def refused(self) -> str:
        """Return the lines that are none, to be mended."""
        return "\n".join(each.text for each in self.lines if not each.order)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def mass_order(request: HttpRequest) -> HttpResponse:
    """Ask for lines; order them, and ask for those again that were refused."""
    form = MassOrderForm(request.POST or None, label_suffix="")
    result = _order(account_of(request), form) if form.is_valid() else None
    if result is not None:
        form = MassOrderForm(initial={"lines": result.refused}, label_suffix="")
    return render(request, "dashboard/orders/mass.html", {"form": form, "result": result, "most": MOST_LINES})


def _order(account: User, form: MassOrderForm) -> Result | None:
    text, batch_id = form.cleaned_data["lines"], form.cleaned_data["batch_id"]
    try:
        outcomes = place_all(account_id=account.pk, text=text, batch_id=batch_id, actor=account.email)
    except TooManyLines:
        form.add_error("lines", _("Send at most %(most)d lines at once.") % {"most": MOST_LINES})
        return None
    charged = charges(account.pk, [each.order.id for each in outcomes if each.order])
    return Result([_line(each, charged) for each in outcomes])


def _line(outcome: LineOutcome, charged: dict[int, Decimal]) -> Line:
    number, text, placed = outcome.number, outcome.text, outcome.order
    if placed is None:
        return Line(number, text, "", ZERO, False, outcome.refusal)
    return Line(number, text, ids.shown("ord", placed.public_id), charged[placed.id], placed.replayed, "")
