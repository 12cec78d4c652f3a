"""The operator's screen of users: what they are is shown, what is done to them are buttons."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

import wallets.operations
import wallets.queries
from accounts import operations
from accounts.addresses import InvalidNetwork
from accounts.admin.changing_email import EmailButton
from accounts.admin.forms import (
    AdjustForm,
    DepositForm,
    LowBalanceForm,
    NewKeyForm,
    ResellerForm,
    TierForm,
    UnsuspendForm,
)
from accounts.admin.keys import show_key, state
from accounts.admin.standing import Standing
from accounts.models import ApiKey, User
from events.admin import history_table
from events.queries import history
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import BigScreen, Table, dollars, link, list_link, moment, whole_number
from wallets.admin import threshold_shown
from wallets.operations import InsufficientBalance, InvalidAmount, InvalidReference, NoWallet, ReferenceUsed

CREATE = Question("Create a reseller", "Create", ResellerForm)
DEPOSIT = Question(
    "Deposit", "Deposit", DepositForm, "Money that has come in. It counts towards the tier, and is not taken back."
)
ADJUST = Question(
    "Adjust the balance",
    "Adjust",
    AdjustForm,
    "Corrects the balance by your word; it does not count towards the tier. Its owner reads the reason.",
)
LOW_BALANCE = Question(
    "Set the low-balance threshold",
    "Set",
    LowBalanceForm,
    "Webhooks are told of balance.low each time a charge takes the balance from this or more to less.",
)
SUSPEND = Question(
    "Suspend the account",
    "Suspend",
    ReasonForm,
    "Its keys and log-ins stop at once; orders that are placed go on. Whoever logs in is told the reason.",
    danger=True,
)
UNSUSPEND = Question("Let the account in again", "Unsuspend", UnsuspendForm)
ISSUE = Question("Issue an API key", "Issue", NewKeyForm, "The key is shown once, on the next page.")
TIER = Question("Change the tier", "Change", TierForm)
SECOND_FACTOR = Question(
    "Remove the second factor",
    "Remove",
    ReasonForm,
    "The password alone opens the account from then on. Make sure first who asks, and write down how.",
    danger=True,
)
MONEY_REFUSALS = (InvalidAmount, InvalidReference, ReferenceUsed, InsufficientBalance, NoWallet)
LATEST = 20


class NotYourself(Exception):
    """An operator would lock himself out."""


@admin.register(User)
class UserAdmin(EmailButton, Standing, BigScreen):
    """Resellers and operators, the latest first."""

    list_display = ["email", "tier", "is_staff", "joined", "standing", "orders"]
    list_select_related = ["tier"]
    list_filter = ["is_staff"]
    ordering = ["-id"]
    search_fields = ["email"]
    search_help_text = "a whole e-mail address, or an account's number"
    fields = [
        ("email", "number"),
        ("tier", "tier_pinned"),
        ("standing", "is_staff"),
        ("email_confirmed", "second_factor"),
        ("balance", "orders"),
        ("low_balance", "prices"),
        ("joined", "webhooks"),
    ]
    readonly_fields = ["number", "standing", "email_confirmed", "second_factor", "balance", "low_balance", "orders"]
    readonly_fields += ["joined", "prices", "webhooks"]
    actions_detail = ["deposit", "adjust", "set_low_balance", "issue_key", "change_tier", "suspend", "unsuspend"]
    actions_detail += ["change_email", "remove_second_factor"]
    change_form_outer_after_template = "kit/tables.html"

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False: the buttons are what changes an account."""
        return False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer the one of suspend and unsuspend that would do something, and to remove only what is there."""
        user = self.get_object(request, str(object_id))
        idle = {"accounts_user_suspend" if user is not None and user.suspended_at else "accounts_user_unsuspend"}
        if user is None or not Authenticator.objects.filter(user_id=user.pk).exists():
            idle.add("accounts_user_remove_second_factor")
        return [each for each in super().get_actions_detail(request, object_id) if each.action_name not in idle]

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the e-mail address or the number."""
        number = whole_number(term)
        return rows.filter(email=term.lower()) if number is None else rows.filter(pk=number)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the account with its keys and what happened to it."""
        number = whole_number(object_id)
        tables = [] if number is None else _tables(number)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @method_decorator(sensitive_post_parameters("password"))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Create a reseller."""

        def then(given: dict[str, Any]) -> HttpResponse | str:
            user = operations.create_reseller(
                email=given["email"], password=given["password"] or None, actor=_actor(request)
            )
            return f"{user} is created: deposit, and issue a key, on the account's page."

        refusals = (operations.EmailTaken, operations.InvalidEmail)
        return ask(self, request, CREATE, then=then, refusals=refusals, back=reverse("admin:accounts_user_changelist"))

    @button("Deposit…", "deposit", icon="add_card")
    def deposit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put money in that has come."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            posting = operations.deposit(account_id=user.pk, actor=_actor(request), **given)
            balance = f"{user} has {dollars(posting.balance)} USD now"
            amount = dollars(given["amount"])
            if posting.moved:
                return f"Deposited {amount} USD: {balance}."
            return f"This reference has deposited {amount} USD before, and nothing was added: {balance}."

        return ask(self, request, DEPOSIT, then=then, refusals=MONEY_REFUSALS, back=_page(user), about=user)

    @button("Adjust…", "adjust")
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Correct the balance."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            given["reference"] = f"adjustment:{given['reference']}"
            posting = wallets.operations.adjust(account_id=user.pk, actor=_actor(request), **given)
            done = "Adjusted" if posting.moved else "Adjusted already"
            return f"{done}: {user} has {dollars(posting.balance)} USD now."

        return ask(self, request, ADJUST, then=then, refusals=MONEY_REFUSALS, back=_page(user), about=user)

    @button("Low balance…", "low-balance")
    def set_low_balance(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decide below which balance the account is told."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            wallets.operations.set_low_balance(account_id=user.pk, actor=_actor(request), **given)
            return f"{user} is told of a low balance below: {threshold_shown(given['threshold'])}."

        initial = {"threshold": dollars(wallets.queries.low_balance_threshold(user.pk))}
        refusals = (InvalidAmount, NoWallet)
        return ask(
            self, request, LOW_BALANCE, then=then, refusals=refusals, back=_page(user), about=user, initial=initial
        )

    @button("Suspend…", "suspend")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop the account."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            if user == request.user:
                raise NotYourself("you would lock yourself out: ask another operator")
            done = operations.suspend(account_id=user.pk, actor=_actor(request), **given)
            return f"{user} is suspended." if done else f"{user} was suspended already."

        refusals = (NotYourself, operations.ReasonMissing, operations.UnknownAccount)
        return ask(self, request, SUSPEND, then=then, refusals=refusals, back=_page(user), about=user)

    @button("Unsuspend…", "unsuspend")
    def unsuspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the account in again."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            done = operations.unsuspend(account_id=user.pk, actor=_actor(request), **given)
            return f"{user} may come in again." if done else f"{user} was not suspended."

        return ask(
            self, request, UNSUSPEND, then=then, refusals=(operations.UnknownAccount,), back=_page(user), about=user
        )

    @button("Second factor…", "remove-second-factor")
    def remove_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let in again who has lost it."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            done = operations.remove_second_factor(account_id=user.pk, actor=_actor(request), **given)
            return f"The password alone opens {user} now." if done else f"{user} has no second factor."

        refusals = (operations.ReasonMissing, operations.UnknownAccount)
        return ask(self, request, SECOND_FACTOR, then=then, refusals=refusals, back=_page(user), about=user)

    @button("Issue key…", "issue-key", icon="key")
    def issue_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Issue a key, and show it once."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> HttpResponse:
            key, value = operations.issue_key(account_id=user.pk, actor=_actor(request), **given)
            return show_key(self, request, key, value)

        refusals = (operations.KeyLimitReached, operations.InvalidKeySetting, InvalidNetwork)
        return ask(self, request, ISSUE, then=then, refusals=refusals, back=_page(user), about=user)

    @button("Change tier…", "tier")
    def change_tier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Put the account into a tier by the operator's word."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            operations.pin_tier(
                account_id=user.pk,
                tier_id=given["tier"].pk,
                pinned=given["pinned"],
                actor=_actor(request),
                reason=given["reason"],
            )
            return f"{user} is in {given['tier']} now."

        return ask(
            self, request, TIER, then=then, refusals=(), back=_page(user), about=user, initial={"tier": user.tier_id}
        )

    @admin.display(description="number")
    def number(self, user: User) -> int:
        """Return what other screens and the ledger call it by."""
        return user.pk

    @admin.display(description="joined")
    def joined(self, user: User) -> str:
        """Return when it was made."""
        return moment(user.joined_at)

    @admin.display(description="balance, USD")
    def balance(self, user: User) -> SafeString:
        """Return the balance by the query that every other reader uses, as a link to the wallet."""
        return link(dollars(wallets.queries.balance(user.pk)), "wallets_wallet_change", user.pk)

    @admin.display(description="balance.low is told below, USD")
    def low_balance(self, user: User) -> str:
        """Return the threshold in words."""
        return threshold_shown(wallets.queries.low_balance_threshold(user.pk))

    @admin.display(description="orders")
    def orders(self, user: User) -> SafeString:
        """Return a link to the account's orders."""
        return list_link("Orders", "orders_order_changelist", account=user.pk)

    @admin.display(description="personal prices")
    def prices(self, user: User) -> SafeString:
        """Return a link to what the account pays in place of its tier's price."""
        return list_link("Personal prices", "catalog_personalprice_changelist", account=user.pk)

    @admin.display(description="webhooks")
    def webhooks(self, user: User) -> SafeString:
        """Return a link to where the account wants to hear what happened."""
        return list_link("Endpoints", "webhooks_endpoint_changelist", account=user.pk)


def _tables(account_id: int) -> list[Table]:
    keys = ApiKey.objects.filter(account_id=account_id).order_by("-id")
    return [
        Table(
            title="API keys",
            headers=["Key", "Name", "Issued", "Dialect", "Read only", "State"],
            rows=[
                [
                    link(f"{key.prefix}…", "accounts_apikey_change", key.pk),
                    key.name,
                    moment(key.created_at),
                    key.dialect,
                    "yes" if key.read_only else "no",
                    state(key),
                ]
                for key in keys[:LATEST]
            ],
            more=list_link("All keys", "accounts_apikey_changelist", account=account_id),
        ),
        history_table(history("account", account_id).reverse()[:LATEST], "account", account_id),
    ]


def _actor(request: HttpRequest) -> str:
    return request.user.get_username()


def _page(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])
