"""Stops an account's keys and log-ins."""

from argparse import ArgumentParser

from accounts import operations
from accounts.management.of_account import AccountCommand
from kit.commands import Answer, Given


class Command(AccountCommand):
    """`suspend EMAIL --reason R`: from the next request on."""

    help = "Stops an account's keys and log-ins at once; its orders go on."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        parser.add_argument("--reason", required=True, help="why; the reseller will ask")

    def answer(self, given: Given) -> Answer:
        """Suspend the account, and say whether it was already."""
        user = self.account(given["email"])
        changed = operations.suspend(account_id=user.pk, reason=given["reason"], actor=self.actor)
        return Answer(
            f"{user.email} is suspended." if changed else f"{user.email} was suspended before; nothing has changed.",
            {"email": user.email, "account": user.pk, "suspended": True, "changed": changed},
        )
