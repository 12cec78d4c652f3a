"""The operator's screens of money, which only show: what moves it are the buttons on a user's page."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from kit.screens import Shown, Table, dollars, link, list_link, moment, short, whole_number
from wallets import queries
from wallets.models import Counter, Entry, Wallet

SHOWN_ENTRIES = 50


class WalletScreen(Shown):
    """A screen whose rows are found by whose wallet they concern."""

    search_help_text = "an account's e-mail address or number"
    of_account = ""  # the column that holds the account

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the account."""
        number = whole_number(term)
        if number is not None:
            return rows.filter(**{self.of_account: number})
        # The name that the user model logs in by is all that this room knows of it.
        users = get_user_model()._default_manager.filter(**{get_user_model().USERNAME_FIELD: term.lower()})
        return rows.filter(**{f"{self.of_account}__in": list(users.values_list("pk", flat=True))})


@admin.register(Wallet)
class WalletAdmin(WalletScreen):
    """What each account has, and on its page what moved it."""

    list_display = ["account", "holds", "lifetime_deposits", "entries"]
    list_select_related = ["account"]
    fields = ["person", "balance_shown", "low_balance", "lifetime_deposits", "version"]
    readonly_fields = ["person", "balance_shown", "low_balance", "lifetime_deposits"]
    search_fields = ["account"]
    of_account = "account_id"
    change_form_outer_after_template = "kit/tables.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the wallet with its latest entries."""
        account_id = whole_number(object_id)
        tables = [] if account_id is None else [entries_table(account_id)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @admin.display(description="account")
    def person(self, wallet: Wallet) -> SafeString:
        """Return a link to whose it is."""
        return link(wallet.account, f"{get_user_model()._meta.label_lower.replace('.', '_')}_change", wallet.pk)

    @admin.display(description="balance, USD")
    def holds(self, wallet: Wallet) -> str:
        """Return the balance of a row of the list."""
        return dollars(wallet.balance)

    @admin.display(description="balance, USD")
    def balance_shown(self, wallet: Wallet) -> str:
        """Return the balance by the query that every other reader uses."""
        return dollars(queries.balance(wallet.pk))

    @admin.display(description="balance.low is told below, USD")
    def low_balance(self, wallet: Wallet) -> str:
        """Return the threshold in words."""
        return threshold_shown(wallet.low_balance_threshold)

    @admin.display(description="deposited in all, USD")
    def lifetime_deposits(self, wallet: Wallet) -> str:
        """Return what decides the tier."""
        return dollars(wallet.deposited)

    @admin.display(description="entries")
    def entries(self, wallet: Wallet) -> SafeString:
        """Return a link to its entries, which its version counts."""
        return list_link(f"{wallet.version} entries", "wallets_entry_changelist", wallet=wallet.pk)


@admin.register(Entry)
class EntryAdmin(WalletScreen):
    """The ledger, the latest first."""

    list_display = ["when", "account", "seq", "moved", "after", "counter", "reference", "reason", "actor"]
    list_display_links = ["when"]
    list_select_related = ["wallet__account"]
    fields = ["account", "when", "seq", "moved", "after", "counter", "reference", "reason", "actor"]
    readonly_fields = ["account", "when", "moved", "after"]
    search_fields = ["reference"]
    search_help_text = "an account's e-mail address or number, or a whole reference such as order:17:charge"
    of_account = "wallet_id"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the reference, or by whose wallet was moved."""
        return rows.filter(reference=term) if ":" in term else super().find(rows, term)

    @admin.display(description="when")
    def when(self, entry: Entry) -> SafeString:
        """Return the moment."""
        return short(moment(entry.at))

    @admin.display(description="account")
    def account(self, entry: Entry) -> SafeString:
        """Return a link to the wallet."""
        return link(entry.wallet.account, "wallets_wallet_change", entry.wallet_id)

    @admin.display(description="amount, USD")
    def moved(self, entry: Entry) -> str:
        """Return the amount with its sign."""
        return signed(entry)

    @admin.display(description="balance after")
    def after(self, entry: Entry) -> str:
        """Return what the wallet held then."""
        return dollars(entry.balance_after)


def threshold_shown(threshold: Decimal) -> str:
    """Return below which balance `balance.low` is told; 0 is no balance at all."""
    return dollars(threshold) if threshold else "never"


def entries_table(account_id: int) -> Table:
    """Return the wallet's latest entries as a table for a page."""
    latest = Entry.objects.filter(wallet_id=account_id).order_by("-seq")[:SHOWN_ENTRIES]
    return Table(
        title="Latest entries",
        headers=["#", "When", "Amount, USD", "Balance after", "Against", "Reference", "Reason", "By"],
        rows=[
            [
                link(e.seq, "wallets_entry_change", e.pk),
                moment(e.at),
                signed(e),
                dollars(e.balance_after),
                Counter(e.counter).label,
                e.reference,
                e.reason,
                e.actor,
            ]
            for e in latest
        ],
        more=list_link("All entries", "wallets_entry_changelist", wallet=account_id),
    )


def signed(entry: Entry) -> str:
    """Return the amount of an entry with its sign."""
    return f"{'+' if entry.amount > 0 else ''}{dollars(entry.amount)}"
