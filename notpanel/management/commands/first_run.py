"""Makes the data a panel begins with; `make up` runs it."""

from typing import Any

from django.core.management.base import BaseCommand

from notpanel import first_run


class Command(BaseCommand):
    """`first_run`: safe to run again at any time."""

    help = "Makes what a new panel begins with: an operator, the demo provider's catalogue, a reseller with a key"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing."""
        first_run.prepare(self.stdout.write)
