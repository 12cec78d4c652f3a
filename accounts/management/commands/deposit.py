"""Puts a customer's money into the wallet, once per reference."""

from argparse import ArgumentParser

from accounts import operations
from accounts.management.of_account import AccountCommand
from kit import ids, money
from kit.commands import Answer, Given

MOVED = "Deposited {amount} USD ({reference}). {email} now holds {balance} USD."
POSTED_BEFORE = "{reference} was posted before, {amount} USD: nothing has moved. {email} holds {balance} USD."


class Command(AccountCommand):
    """`deposit EMAIL AMOUNT [--reference R]`: with a reference, it may be repeated and moves the money once."""

    help = "Puts a customer's money into the wallet, and moves the tier up where the deposits reach one."

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        super().declare(parser)
        parser.add_argument("amount", help="US dollars, such as 12.50")
        parser.add_argument("--reference", help="what names this payment; without, each call is another deposit")
        parser.add_argument("--reason", default="", help="a note for the statement")

    def answer(self, given: Given) -> Answer:
        """Post the deposit, or say that it was posted before."""
        user, amount = self.account(given["email"]), money.parsed(given["amount"])
        reference = _made() if given["reference"] is None else given["reference"].strip()
        posting = operations.deposit(
            account_id=user.pk, amount=amount, reference=reference, actor=self.actor, reason=given["reason"]
        )
        user.refresh_from_db()  # the deposit may have moved its tier
        data = {
            "email": user.email,
            "account": user.pk,
            "amount": money.wire(amount),
            "balance": money.wire(posting.balance),
            "tier": user.tier.name,
            "reference": reference,
            "moved": posting.moved,
        }
        said = MOVED if posting.moved else POSTED_BEFORE
        return Answer(said.format(**data), data)


def _made() -> str:
    return ids.shown("dep", ids.new_id())
