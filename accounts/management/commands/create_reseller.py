"""Makes a reseller: an account, its money and a key, or nothing at all."""

from argparse import ArgumentParser
from decimal import Decimal

from django.db import transaction

import wallets.operations
from accounts import operations, passwords
from accounts.management.of_account import AccountCommand, add_password
from accounts.models import ApiKey, User
from kit import ids, money
from kit.commands import Answer, Given


class Command(AccountCommand):
    """`create_reseller EMAIL [--deposit 100] [--dialect classic]`: what it prints is shown this once."""

    help = "Makes a reseller's account with a password, a key and, if wanted, money in its wallet."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        add_password(parser)
        parser.add_argument("--deposit", metavar="AMOUNT", help="USD to begin with, such as 100")
        parser.add_argument(
            "--low-balance",
            metavar="AMOUNT",
            help="USD below which webhooks are told of balance.low; 0: never; 10 where it is not given",
        )
        parser.add_argument("--key-name", default="", help="how the reseller will know the key")
        parser.add_argument(
            "--dialect",
            default="",
            help="what the key speaks: standard (the documented API) or classic (what programs written for other "
            "panels speak); API_DEFAULT_DIALECT where it is not given",
        )
        parser.add_argument("--no-key", action="store_true", help="issue no API key")

    @transaction.atomic
    def answer(self, given: Given) -> Answer:
        """Make all of it, in one transaction."""
        password = passwords.chosen(given["password"], email=given["email"])
        user = operations.create_reseller(email=given["email"], password=password, actor=self.actor)
        balance = self._deposit(user, given["deposit"])
        if given["low_balance"] is not None:
            wallets.operations.set_low_balance(
                account_id=user.pk, threshold=money.parsed(given["low_balance"]), actor=self.actor
            )
        issued = None
        if not given["no_key"]:
            issued = operations.issue_key(
                account_id=user.pk, name=given["key_name"], dialect=given["dialect"], actor=self.actor
            )
        user.refresh_from_db()  # the deposit may have moved its tier
        return _answer(user, password, issued, balance)

    def _deposit(self, user: User, amount: str | None) -> Decimal:
        if amount is None:
            return money.ZERO
        reference = ids.shown("dep", ids.new_id())
        return operations.deposit(
            account_id=user.pk,
            amount=money.parsed(amount),
            reference=reference,
            actor=self.actor,
            reason="opening deposit",
        ).balance


def _answer(user: User, password: str, issued: tuple[ApiKey, str] | None, balance: Decimal) -> Answer:
    dialect, key = (issued[0].dialect, issued[1]) if issued else (None, None)
    data = {
        "email": user.email,
        "password": password,
        "api_key": key,
        "dialect": dialect,
        "account": user.pk,
        "balance": money.wire(balance),
        "tier": user.tier.name,
    }
    lines = [
        f"Made the reseller {user.email}, in the tier {user.tier.name}. Shown this once:",
        f"  Password  {password}",
        f"  API key   {key or 'none; issue one in the admin'}",
        *([f"  Dialect   {dialect}"] if dialect else []),
        f"  Balance   {money.wire(balance)} USD",
    ]
    return Answer("\n".join(lines), data)
