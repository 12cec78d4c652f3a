"""What the commands about accounts share."""

from argparse import ArgumentParser

import wallets.operations
from accounts import operations, passwords, queries
from accounts.models import User
from kit.commands import PanelCommand
from kit.money import NotMoney


class AccountCommand(PanelCommand):
    """A command about one account, by its e-mail address."""

    refusals = (
        NotMoney,
        operations.EmailTaken,
        operations.InvalidEmail,
        operations.InvalidKeySetting,
        operations.ReasonMissing,
        operations.UnknownAccount,
        passwords.WeakPassword,
        wallets.operations.InvalidAmount,
        wallets.operations.InvalidReference,
        wallets.operations.ReferenceUsed,
    )

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the e-mail address."""
        parser.add_argument("email", help="the account's e-mail address")

    @property
    def actor(self) -> str:
        """Return who the history says did it: the command's name."""
        return self.__module__.rpartition(".")[2]

    @staticmethod
    def account(email: str) -> User:
        """Return the account with this address.

        :raises UnknownAccount: where there is none.
        """
        user = queries.account_by_email(email)
        if user is None:
            raise operations.UnknownAccount(f"there is no account {email}")
        return user


def add_password(parser: ArgumentParser) -> None:
    """Declare `--password`."""
    parser.add_argument(
        "--password", help="the password to log in with; - reads it from standard input; without, one is made"
    )
