"""For translators: gathers every text that is to be translated into the catalogues, and compiles them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

LEFT_OUT = ["tests/*", "bench/*", "var*", ".venv/*"]


class Command(BaseCommand):
    """`gather_texts [--extract-only]`: `make texts` runs it. It needs GNU gettext; the panel itself does not."""

    help = "Gathers the texts of all rooms into dashboard/locale, and compiles what was translated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--extract-only", action="store_true", help="gather, and compile nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Gather and compile."""
        languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        call_command(
            "makemessages",
            locale=languages,
            ignore_patterns=LEFT_OUT,
            no_obsolete=True,
            no_wrap=True,
            add_location="file",
            verbosity=0,
        )
        if not options["extract_only"]:
            call_command("compilemessages", locale=languages, ignore_patterns=LEFT_OUT, verbosity=0)
