"""Lets in again who has lost the second factor and its recovery codes."""

from argparse import ArgumentParser

from accounts import operations
from accounts.management.of_account import AccountCommand
from kit.commands import Answer, Given


class Command(AccountCommand):
    """`remove_second_factor EMAIL REASON`: its password alone opens the account from then on."""

    help = "Takes an account's authenticator, passkeys and recovery codes away. Make sure first who asks."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        parser.add_argument("reason", help="why, and how you made sure who asks: kept in the account's history")

    def answer(self, given: Given) -> Answer:
        """Take them away, and say whether there were any."""
        user = self.account(given["email"])
        changed = operations.remove_second_factor(account_id=user.pk, reason=given["reason"], actor=self.actor)
        return Answer(
            f"The password alone opens {user.email} now."
            if changed
            else f"{user.email} has no second factor; nothing has changed.",
            {"email": user.email, "account": user.pk, "changed": changed},
        )
