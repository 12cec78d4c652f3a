"""Adds a provider and asks at once what we have there."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit import money
from providers import checking, operations
from providers.checking import Checked
from providers.models import DIALECTS


class Command(BaseCommand):
    """`add_provider NAME URL KEY`; a key of `-` is read from standard input, out of the shell's history."""

    help = "Adds a provider and asks it for the balance at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("name", help="how you call it")
        parser.add_argument("url", help="the address of its API, such as https://provider.example/api/v2")
        parser.add_argument("key", help="the API key it gave you, or - to read it from standard input")
        parser.add_argument(
            "--dialect",
            choices=list(dict(DIALECTS)),
            default="classic",
            help="what it speaks: standard is a NotPanel, which is asked whether it does (default: classic)",
        )
        parser.add_argument("--json", action="store_true", help="print JSON for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the provider, ask it, and say what it answered."""
        key = sys.stdin.readline() if options["key"] == "-" else options["key"]
        try:
            provider = operations.add_provider(
                name=options["name"], url=options["url"], key=key, dialect=options["dialect"], actor="add_provider"
            )
        except operations.ProviderRefused as error:
            raise CommandError(str(error)) from None
        (checked,) = checking.ask_balances([provider])
        self.stdout.write(_json(checked, provider.url) if options["json"] else _sentence(checked))


def _json(checked: Checked, url: str) -> str:
    return json.dumps(
        {
            "id": checked.provider_id,
            "name": checked.name,
            "url": url,
            "balance": None if checked.balance is None else money.wire(checked.balance),
            "currency": checked.currency,
            "problem": checked.problem or None,
        }
    )


def _sentence(checked: Checked) -> str:
    if checked.balance is None:
        return f"Added {checked.name}. It did not tell its balance: {checked.problem}"
    added = f"Added {checked.name}. Our balance there is {money.wire(checked.balance)} {checked.currency}."
    if checked.currency != "USD":
        added += f" Enter the exchange rate of {checked.currency} in the admin, under Prices, before you import."
    return added
