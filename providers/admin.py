"""The operator's screen of providers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince
from unfold.widgets import UnfoldAdminPasswordWidget

from kit import clock, money
from kit.screens import Screen, Table, moment
from providers import checking, operations, queries
from providers.models import Provider

EDITED = {"name", "url", "calls_per_minute", "low_balance"}
READINGS = 20  # shown
PATIENCE = 10  # seconds an operator is kept waiting for a balance


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A provider's form; its key can be written and never read."""

    key = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Provider
        fields = ["name", "url", "calls_per_minute", "low_balance"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].required = self.instance.pk is None
        self.fields["key"].help_text = (
            "the API key it gave you" if self.instance.pk is None else "leave empty to keep the one that is stored"
        )

    def clean_name(self) -> str:
        """Return the name the operation would keep."""
        return _checked(operations.checked_name, self.cleaned_data["name"])

    def clean_url(self) -> str:
        """Return the address the operation would keep."""
        return _checked(operations.checked_url, self.cleaned_data["url"])

    def clean_key(self) -> str:
        """Return the key the operation would keep, or nothing where it is to stay."""
        key: str = self.cleaned_data["key"]
        return _checked(operations.checked_key, key) if key else ""


@admin.register(Provider)
class ProviderAdmin(Screen):
    """Where they are, what we have there, and which are in trouble."""

    form = ProviderForm
    list_display = ["name", "url", "active", "balance", "balance_age", "health"]
    list_filter = ["active"]
    search_fields = ["name", "url"]
    readonly_fields = ["active", "dialect", "balance", "balance_age", "health"]
    actions = ["ask_for_the_balance_now", "pause", "resume"]
    change_form_outer_after_template = "kit/tables.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the provider with the last balances it said."""
        provider = self.get_object(request, object_id)
        tables = [] if provider is None else [_readings(provider)]
        context = {**(extra_context or {}), "tables": tables}
        return super().change_view(request, object_id, form_url, context)  # type: ignore[no-any-return]

    def get_fields(self, _request: HttpRequest, obj: Provider | None = None) -> list[str]:
        """Return the form's fields; what a provider said appears once there is one."""
        return ["name", "url", "key", "calls_per_minute", "low_balance", *(self.readonly_fields if obj else [])]

    def save_model(self, request: HttpRequest, obj: Provider, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Add or change the provider by the operations, in the operator's name."""
        actor, key = request.user.get_username(), form.cleaned_data["key"]
        if not change:
            obj.pk = operations.add_provider(name=obj.name, url=obj.url, key=key, actor=actor).pk
        elif key:
            operations.set_key(provider_id=obj.pk, key=key, actor=actor)
        if EDITED & set(form.changed_data) if change else (obj.calls_per_minute, obj.low_balance) != (None, None):
            operations.change_provider(
                provider_id=obj.pk,
                name=obj.name,
                url=obj.url,
                calls_per_minute=obj.calls_per_minute,
                low_balance=obj.low_balance,
                actor=actor,
            )

    @admin.display(description="balance", ordering="last_balance")
    def balance(self, provider: Provider) -> str:
        """Return the last balance with its currency."""
        return "" if provider.last_balance is None else f"{money.wire(provider.last_balance)} {provider.currency}"

    @admin.display(description="seen", ordering="balance_at")
    def balance_age(self, provider: Provider) -> str:
        """Return how long ago the balance was said."""
        return "never" if provider.balance_at is None else f"{timesince(provider.balance_at, clock.now())} ago"

    @admin.display(description="health", ordering="failing_since")
    def health(self, provider: Provider) -> str:
        """Return whether it serves us, and if not since when and why."""
        if provider.failing_since is None:
            return "works"
        return f"failing for {timesince(provider.failing_since, clock.now())}: {provider.failure}"

    @admin.action(description="Ask for the balance now", permissions=["change"])
    def ask_for_the_balance_now(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Ask each chosen provider, and say what it answered."""
        for checked in checking.ask_balances(list(chosen), timeout=PATIENCE):
            if checked.balance is None:
                messages.error(request, f"{checked.name}: {checked.problem}")
            else:
                messages.success(request, f"{checked.name}: {money.wire(checked.balance)} {checked.currency}")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Send the chosen providers no new orders."""
        done = [p for p in chosen if operations.pause(provider_id=p.pk, actor=request.user.get_username())]
        messages.success(request, f"Paused: {', '.join(map(str, done)) or 'none, they were paused already'}")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Provider]) -> None:
        """Send the chosen providers orders again."""
        done = [p for p in chosen if operations.resume(provider_id=p.pk, actor=request.user.get_username())]
        messages.success(request, f"Resumed: {', '.join(map(str, done)) or 'none, they were active already'}")


def _readings(provider: Provider) -> Table:
    rows = [
        (moment(each.at), f"{money.wire(each.balance)} {each.currency}")
        for each in queries.last_readings(provider.pk, READINGS)
    ]
    return Table("The last balances it said", ["Said at", "Balance"], rows)


def _checked(check: Any, value: str) -> str:
    try:
        return str(check(value))
    except operations.ProviderRefused as error:
        raise forms.ValidationError(str(error)) from None
