"""The operator's screen of API keys. A key's value is never on it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import keys, operations
from accounts.addresses import InvalidNetwork
from accounts.admin.forms import KeyForm
from accounts.models import ApiKey
from accounts.queries import account_by_email
from events.admin import history_table
from events.queries import history
from kit.asking import Question, ReasonForm, ask, button, found, show_once
from kit.screens import BigScreen, link, list_link, moment, whole_number

REVOKE = Question(
    "Revoke the key",
    "Revoke",
    ReasonForm,
    "It stops at once: the next request with it is refused. This cannot be undone.",
    danger=True,
)
REGENERATE = Question(
    "Regenerate the key",
    "Regenerate",
    forms.Form,
    "The key gets a new value and keeps its settings and webhooks. The old value stops at once.",
    danger=True,
)


@admin.register(ApiKey)
class ApiKeyAdmin(BigScreen):
    """Every key, the latest first; issued on its user's page."""

    form = KeyForm
    refusals = (operations.InvalidKeySetting, InvalidNetwork)
    list_display = ["shown_prefix", "name", "owner", "dialect", "read_only", "made", "expires", "state"]
    list_select_related = ["account"]
    list_filter = ["dialect"]
    ordering = ["-id"]
    search_fields = ["prefix"]
    search_help_text = "an account's e-mail address, a key's number, its prefix, or the whole key"
    fields = [
        *("owner", "shown_prefix", "state", "name", "dialect", "read_only", "allowed_ips", "requests_per_minute"),
        *("expires_at", "made", "webhooks"),
    ]
    readonly_fields = ["owner", "shown_prefix", "state", "made", "expires", "webhooks"]
    actions_detail = ["regenerate", "revoke"]
    change_form_outer_after_template = "kit/tables.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a key is issued on its user's page."""
        return False

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by e-mail address, number, whole value or prefix."""
        number = whole_number(term)
        if number is not None:
            return rows.filter(pk=number)
        if "@" in term:
            return rows.filter(account=account_by_email(term))
        if keys.is_well_formed(term):
            return rows.filter(digest=keys.digest(term))
        return rows.filter(prefix=term.rstrip("…"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the key with what happened to it."""
        number = whole_number(object_id)
        tables = [] if number is None else [history_table(history("api_key", number), "api_key", number)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Change the settings by the operation, in the operator's name."""
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        if changes:
            operations.edit_key(key_id=obj.pk, actor=request.user.get_username(), **changes)

    @button("Revoke", "revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop the key."""
        key = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            was_active = operations.revoke_key(key_id=key.pk, actor=request.user.get_username(), reason=given["reason"])
            return f"{key} is revoked." if was_active else f"{key} was revoked already."

        return ask(self, request, REVOKE, then=then, refusals=(), back=key_page(key), about=key)

    @button("Regenerate", "regenerate")
    def regenerate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the key a new value, and show it once."""
        key = found(self, request, object_id)

        def then(_: dict[str, Any]) -> HttpResponse:
            try:
                changed, value = operations.regenerate_key(key_id=key.pk, actor=request.user.get_username())
            except ApiKey.DoesNotExist:
                raise KeyIsRevoked("this key is revoked: issue a new one") from None
            return show_key(self, request, changed, value)

        return ask(self, request, REGENERATE, then=then, refusals=(KeyIsRevoked,), back=key_page(key), about=key)

    @admin.display(description="key")
    def shown_prefix(self, key: ApiKey) -> str:
        """Return what one knows it by."""
        return f"{key.prefix}…"

    @admin.display(description="account")
    def owner(self, key: ApiKey) -> SafeString:
        """Return a link to whose it is."""
        return link(key.account, "accounts_user_change", key.account_id)

    @admin.display(description="issued")
    def made(self, key: ApiKey) -> str:
        """Return when it was issued."""
        return moment(key.created_at)

    @admin.display(description="expires")
    def expires(self, key: ApiKey) -> str:
        """Return when it ends by itself."""
        return moment(key.expires_at) or "never"

    @admin.display(description="webhooks")
    def webhooks(self, key: ApiKey) -> SafeString:
        """Return a link to the endpoints that belong to it."""
        return list_link("Endpoints", "webhooks_endpoint_changelist", api_key=key.pk)

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        """Return whether it opens anything."""
        return state(key)


class KeyIsRevoked(Exception):
    """A revoked key is to be given a new value."""


def state(key: ApiKey) -> str:
    """Return whether the key opens anything, in words."""
    if key.revoked_at is not None:
        return f"revoked {moment(key.revoked_at)}"
    return "expired" if key.has_ended else "active"


def key_page(key: ApiKey) -> str:
    """Return the address of the key's page."""
    return reverse("admin:accounts_apikey_change", args=[key.pk])


def show_key(screen: Any, request: HttpRequest, key: ApiKey, value: str) -> HttpResponse:
    """Show a key's value, this once."""
    label = f"API key {key.name or key.prefix} of {key.account}"
    return show_once(screen, request, title="The new key", label=label, value=value, back=key_page(key))
