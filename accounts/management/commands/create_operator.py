"""Makes an operator: an account that may use the admin."""

from argparse import ArgumentParser

from accounts import operations, passwords
from accounts.management.of_account import AccountCommand, add_password
from kit.commands import Answer, Given


class Command(AccountCommand):
    """`create_operator EMAIL`: what it prints is shown this once."""

    help = "Makes an account that may use the admin, all of it."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        add_password(parser)

    def answer(self, given: Given) -> Answer:
        """Make the account."""
        password = passwords.chosen(given["password"], email=given["email"])
        user = operations.create_operator(email=given["email"], password=password, actor=self.actor)
        return Answer(
            f"Made the operator {user.email}. Shown this once:\n  Password  {password}",
            {"email": user.email, "password": password, "account": user.pk},
        )
