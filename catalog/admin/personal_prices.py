"""The operator's screen of personal prices."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.queries import account_by_email
from catalog.admin.screens import LATEST, RemovableScreen
from catalog.models import PersonalPrice
from catalog.pricing import plain
from events.admin import history_table
from events.queries import history
from kit.asking import Question, ReasonForm
from kit.money import ZERO
from kit.screens import InfinitePaginator, Table, dollars, whole_number


@admin.register(PersonalPrice)
class PersonalPriceAdmin(RemovableScreen):
    """What single accounts pay in place of their tier's price."""

    noun = "personal_price"
    paginator = InfinitePaginator
    sortable_by = ()
    removing = Question(
        "Remove the personal price",
        "Remove",
        ReasonForm,
        "The account pays its tier's price again, from the next order on.",
        danger=True,
    )
    list_display = ["account", "for_what", "pays"]
    list_select_related = ["account", "service"]
    fields = ["account", "service", "rate", "discount_percent"]
    autocomplete_fields = ["account", "service"]
    search_fields = ["account__email"]
    search_help_text = "an account's whole e-mail address, or a service's number"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the account, or by the service."""
        number = whole_number(term)
        return rows.filter(account=account_by_email(term)) if number is None else rows.filter(service=number)

    def get_readonly_fields(self, request: HttpRequest, obj: PersonalPrice | None = None) -> list[str]:
        """Return what a price is for: another one is another price."""
        return ["account", "service"] if obj else []

    def tables(self, row_id: int) -> list[Table]:
        """Return what happened to the account, its personal prices among it."""
        price = PersonalPrice.objects.filter(pk=row_id).first()
        if price is None:
            return []
        return [history_table(history("account", price.account_id).reverse()[:LATEST], "account", price.account_id)]

    @admin.display(description="for")
    def for_what(self, price: PersonalPrice) -> str:
        """Return what it is for."""
        return str(price.service or "every service")

    @admin.display(description="pays")
    def pays(self, price: PersonalPrice) -> str:
        """Return what was agreed."""
        if price.rate is not None:
            return f"{dollars(price.rate)} USD"
        return f"{plain(price.discount_percent or ZERO)} % off"
