"""Lets a suspended account in again."""

from argparse import ArgumentParser

from accounts import operations
from accounts.management.of_account import AccountCommand
from kit.commands import Answer, Given


class Command(AccountCommand):
    """`unsuspend EMAIL [--reason R]`: from the next request on."""

    help = "Lets a suspended account in again."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        parser.add_argument("--reason", default="", help="why, for the history")

    def answer(self, given: Given) -> Answer:
        """Let the account in, and say whether it was out."""
        user = self.account(given["email"])
        changed = operations.unsuspend(account_id=user.pk, reason=given["reason"], actor=self.actor)
        return Answer(
            f"{user.email} may come in again." if changed else f"{user.email} was not suspended; nothing has changed.",
            {"email": user.email, "account": user.pk, "suspended": False, "changed": changed},
        )
