"""The operator's screen of providers."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince
from unfold.widgets import UnfoldAdminPasswordWidget

from kit import clock, encryption, money
from kit.encryption import CannotDecrypt
from kit.screens import Screen, Table, moment
from providers import checking, operations, queries
from providers.models import Provider
from providers.operations.speaking import STANDARD

EDITED = {"name", "url", "dialect", "calls_per_minute", "low_balance"}
READINGS = 20  # shown
PATIENCE = 10  # seconds an operator is kept waiting for a balance


@dataclass(frozen=True, slots=True)
class Asked:
    """A provider was asked whether it speaks the standard dialect: the proof, or why there is none."""

    proof: operations.SpeaksStandard | None = None
    problem: str = ""


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """A provider's form; its key can be written and never read."""

    key = forms.CharField(
        max_length=500,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Provider
        fields = ["name", "url", "dialect", "calls_per_minute", "low_balance"]

    asked: "Asked | None" = None  # what came of asking the provider, before the transaction in which it is saved

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dialect"].required = False
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

    def clean_dialect(self) -> str:
        """Return the dialect that was chosen; without a word, the one it has.

        :raises ValidationError: where the provider was asked and does not speak it.
        """
        if self.asked is not None and self.asked.problem:
            raise forms.ValidationError(self.asked.problem)
        return str(self.cleaned_data["dialect"] or self.instance.dialect)

    def to_ask_about(self) -> tuple[str, str] | None:
        """Return the address and the key that have to speak the standard dialect; None where nothing is to be asked.

        :raises CannotDecrypt: where the stored key cannot be read.
        """
        before = {} if self.instance.pk is None else {"url": self.instance.url, "dialect": self.instance.dialect}
        if not self.is_valid() or self.cleaned_data["dialect"] != STANDARD:
            return None
        url, key = self.cleaned_data["url"], self.cleaned_data["key"]
        if not key and before == {"url": url, "dialect": STANDARD}:
            return None
        return url, key or encryption.decrypt(self.instance.key_encrypted)


@admin.register(Provider)
class ProviderAdmin(Screen):
    """Where they are, what we have there, and which are in trouble."""

    form = ProviderForm
    list_display = ["name", "url", "active", "balance", "balance_age", "health"]
    list_filter = ["active"]
    search_fields = ["name", "url"]
    readonly_fields = ["active", "balance", "balance_age", "health"]
    refusals = (operations.ProviderRefused,)
    actions = ["ask_for_the_balance_now", "pause", "resume"]
    change_form_outer_after_template = "kit/tables.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; a provider that is to speak the standard dialect is asked before the transaction."""
        if request.method == "POST":
            request.asked = self._ask(request, object_id)  # type: ignore[attr-defined] # for get_form
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Provider | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form, which knows what came of asking the provider."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.asked = getattr(request, "asked", None)
        return form

    def _ask(self, request: HttpRequest, object_id: str | None) -> "Asked | None":
        obj = self.get_object(request, object_id) if object_id else None
        may = self.has_add_permission(request) if object_id is None else self.has_change_permission(request, obj)
        if not may or (object_id and obj is None):
            return None
        try:
            meant = ProviderForm(request.POST, instance=obj).to_ask_about()
            return None if meant is None else Asked(operations.ask_for_standard(url=meant[0], key=meant[1]))
        except (operations.DoesNotSpeakStandard, CannotDecrypt) as error:
            return Asked(problem=str(error))

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
        shown = self.readonly_fields if obj else []
        return ["name", "url", "dialect", "key", "calls_per_minute", "low_balance", *shown]

    def save_model(self, request: HttpRequest, obj: Provider, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """Add or change the provider by the operations, in the operator's name."""
        asked: Asked | None = getattr(form, "asked", None)
        by: dict[str, Any] = {"actor": request.user.get_username(), "proof": asked and asked.proof}
        key, changed = form.cleaned_data["key"], EDITED & set(form.changed_data)
        if not change:
            obj.pk = operations.add_provider(name=obj.name, url=obj.url, key=key, dialect=obj.dialect, **by).pk
            key, changed = "", changed & {"calls_per_minute", "low_balance"}
        if changed:
            operations.change_provider(
                provider_id=obj.pk,
                name=obj.name,
                url=obj.url,
                dialect=obj.dialect,
                key=key,
                calls_per_minute=obj.calls_per_minute,
                low_balance=obj.low_balance,
                **by,
            )
        elif key:
            operations.set_key(provider_id=obj.pk, key=key, **by)

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
