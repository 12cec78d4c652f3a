"""The operator's screen of price rules."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.screens import LATEST, RemovableScreen
from catalog.models import PriceRule
from catalog.pricing import plain
from events.admin import history_table
from events.queries import history
from kit.asking import Question, ReasonForm
from kit.screens import Table, dollars


@admin.register(PriceRule)
class PriceRuleAdmin(RemovableScreen):
    """What a category's or a provider's services are sold for, where they have no price of their own."""

    noun = "price_rule"
    removing = Question(
        "Remove the price rule",
        "Remove",
        ReasonForm,
        "Its services are priced by the provider's rule where there is one, and else stay at the rate they have.",
        danger=True,
    )
    list_display = ["for_what", "makes"]
    list_select_related = ["category", "provider"]
    fields = ["category", "provider", "mode", "value"]
    autocomplete_fields = ["category"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceRule]:
        """Return the rules with what they are for."""
        rules: QuerySet[PriceRule] = super().get_queryset(request)
        return rules.select_related("category", "provider")

    def get_readonly_fields(self, request: HttpRequest, obj: PriceRule | None = None) -> list[str]:
        """Return what a rule is for: another one is another rule."""
        return ["category", "provider"] if obj else []

    def tables(self, row_id: int) -> list[Table]:
        """Return what happened to what the rule is for."""
        rule = PriceRule.objects.filter(pk=row_id).first()
        if rule is None:
            return []
        subject, number = ("category", rule.category_id) if rule.category_id else ("provider", rule.provider_id or 0)
        return [history_table(history(subject, number or 0).reverse()[:LATEST], subject, number or 0)]

    @admin.display(description="for")
    def for_what(self, rule: PriceRule) -> str:
        """Return what it is for."""
        return f"category {rule.category}" if rule.category_id else f"provider {rule.provider}"

    @admin.display(description="rate")
    def makes(self, rule: PriceRule) -> str:
        """Return what it makes of a cost."""
        return f"cost + {plain(rule.value)} %" if rule.mode == "markup" else f"cost + {dollars(rule.value)} USD"
