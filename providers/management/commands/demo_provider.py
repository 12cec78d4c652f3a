"""Runs the demo provider: an upstream panel to try this one on."""

import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from providers.demo.journal import JournalError
from providers.demo.running import CannotServe, key_from, serve


class Command(BaseCommand):
    """`demo_provider`: answers until Ctrl-C or SIGTERM; its orders outlive it."""

    help = "Runs the demo provider: a real HTTP server that speaks the classic API v2 and delivers nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--port", type=int, default=settings.DEMO_PROVIDER_PORT)
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument(
            "--state",
            type=Path,
            default=settings.HOME.path / "demo-provider.jsonl",
            help="the file its orders are kept in",
        )
        parser.add_argument("--key", help="its API key; by default the one in PANEL_HOME/demo-provider.key")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        try:
            key = options["key"] or key_from(settings.HOME.path / "demo-provider.key")
            serve(options["host"], options["port"], key=key, state=options["state"], ready=self._ready, stop=stop)
        except (CannotServe, JournalError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write("demo provider stopped")

    def _ready(self, address: str) -> None:
        self.stdout.write(f"demo provider at {address}/api/v2; what it can do: {address}/")
        self.stdout.flush()
