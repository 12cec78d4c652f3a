"""How the panel's commands speak: a sentence to people, with `--json` one JSON object to programs.

A refusal is one sentence on standard error and exit status 1, with nothing on standard output.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

Given = Mapping[str, Any]  # the arguments by name


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: to people, to programs, and whether what it looked at is well."""

    text: str
    data: Mapping[str, Any]
    well: bool = True


class PanelCommand(BaseCommand):
    """A command that declares its arguments, answers, and names the errors that are refusals.

    ::

        class Command(PanelCommand):
            help = "Lets an account in again."
            refusals = (UnknownAccount,)

            def declare(self, parser: ArgumentParser) -> None:
                parser.add_argument("email")

            def answer(self, given: Given) -> Answer:
                ...
                return Answer(text=f"{given['email']} may come in again.", data={"email": given["email"]})
    """

    refusals: tuple[type[Exception], ...] = ()
    requires_system_checks: list[str] = []  # they are for developers; `manage.py check` and `migrate` run them

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def answer(self, given: Given) -> Answer:
        """Do the work and return what is to be said of it."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments, and `--json`."""
        self.declare(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object, for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer in the form that was asked for; exit with 1 where something is not well."""
        try:
            answer = self.answer(options)
        except self.refusals as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(answer.data) if options["json"] else answer.text)
        if not answer.well:
            sys.exit(1)
