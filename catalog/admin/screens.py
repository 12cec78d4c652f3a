"""What the catalogue's screens share."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from catalog import operations
from catalog.models import Service
from catalog.pricing import Basis, NoPrice
from catalog.queries import bases
from events.admin import history_table
from events.queries import history
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import Screen, Table, whole_number

LATEST = 20


class CatalogScreen(Screen):
    """A screen whose form is saved by the catalogue's operations, with the row's history below it."""

    refusals = (ValidationError,)
    change_form_outer_after_template = "kit/tables.html"
    noun = ""  # in the operations' names, where it is not the model's

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form with what else belongs to the row."""
        number = whole_number(object_id)
        tables = [] if number is None else self.tables(number)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    def tables(self, row_id: int) -> list[Table]:
        """Return what is shown below the form."""
        subject = self.opts.model_name
        return [history_table(history(subject, row_id).reverse()[:LATEST], subject, row_id)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what was changed by the operation, in the operator's name."""
        name, actor = self.noun or self.opts.model_name, request.user.get_username()
        if change:
            changes = {field: form.cleaned_data[field] for field in form.changed_data}
            getattr(operations, f"change_{name}")(**{f"{name}_id": obj.pk}, actor=actor, **changes)
        else:
            obj.pk = getattr(operations, f"add_{name}")(actor=actor, **form.cleaned_data).pk


class RemovableScreen(CatalogScreen):
    """A screen of rows that nothing refers to: they are removed by a button that asks why."""

    actions_detail = ["remove"]
    removing = Question("Remove", "Remove", ReasonForm, danger=True)

    @button("Remove…", "remove")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Remove the row."""
        row = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            self.end(row, request.user.get_username(), given["reason"])
            return f"{row} is removed."

        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        refusals = (ObjectDoesNotExist, operations.ExchangeRateInUse)
        return ask(self, request, self.removing, then=then, refusals=refusals, back=back, about=row)

    def end(self, row: Any, actor: str, reason: str) -> None:
        """Remove the row by its operation."""
        getattr(operations, f"remove_{self.noun}")(**{f"{self.noun}_id": row.pk}, actor=actor, reason=reason)


def say_unpriced(request: HttpRequest, service_id: int) -> None:
    """Tell the operator where a service keeps its rate because none can be made of its cost."""
    service = Service.objects.get(pk=service_id)
    try:
        bases([service]).get(service_id, Basis()).rate()
    except NoPrice as error:
        messages.warning(request, f"Service {service} keeps its rate: {error}.")
