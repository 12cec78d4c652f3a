"""`manage.py up`: the whole panel in the foreground, until Ctrl-C."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from notpanel import banner, ports, programs, readiness
from notpanel.checks import wrong_combinations
from notpanel.embedded import ServiceError, Services, processes
from notpanel.log_lines import LogLines
from notpanel.supervision import Supervisor

TICK = 0.5
PATIENCE = 15  # seconds between two lines that say what is being waited for
SAME_WISH = 1.0
SETUP = "setup"


class StopAskedError(Exception):
    """Ctrl-C, SIGTERM, or the end of whoever reads the output."""


class Command(BaseCommand):
    """Starts everything, keeps it running, stops everything."""

    help = "Run the panel: its database and Redis, web, worker, clock and the demo provider, until Ctrl-C"
    requires_system_checks = ()  # those of the settings are run here, the others by `manage.py check` and `doctor`

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to stop; nothing of it is left running afterwards.

        :raises CommandError: where the settings are wrong, or something cannot be started.
        """
        wrong = [each for each in wrong_combinations(None) if each.is_serious()]
        if wrong:
            raise CommandError("\n".join(_sentence(each) for each in wrong))
        home = settings.HOME
        home.prepare()
        with contextlib.ExitStack() as until_the_end:
            until_the_end.enter_context(home.locked(settings.PANEL_URL))
            until_the_end.enter_context(ports.take(settings.WEB_HOST, settings.PORT, "PORT"))
            if settings.DEMO:
                ports.check("127.0.0.1", settings.DEMO_PROVIDER_PORT, "DEMO_PROVIDER_PORT")
            Panel().run()


def _sentence(wrong: CheckMessage) -> str:
    return f"{wrong.msg}. {wrong.hint or ''}".strip()


class Panel:
    """One run of everything, in the order in which it starts."""

    def __init__(self) -> None:
        home = settings.HOME
        self._asked = 0
        self._asked_at = 0.0
        self._hastened = False
        self._lines = LogLines(
            home.run,
            ("supervisor", SETUP, *(program.name for program in programs.ALL)),
            reader_gone=lambda: os.kill(os.getpid(), signal.SIGTERM),
        )
        self._services = Services(home, settings.SECRETS, say=self._lines.say) if settings.EMBEDDED else None
        self._environment = programs.environment()
        self._supervisor = Supervisor(
            programs.ALL,
            folder=home.run,
            directory=settings.BASE_DIR,
            output=self._lines.pipe,
            environment=self._environment,
        )
        self._announced = False
        self._said = time.monotonic()

    def run(self) -> None:
        """Start, watch and stop the panel.

        :raises CommandError: when something cannot be started.
        """
        processes.adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, *self._hangup()):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            while True:
                self._watch()
                time.sleep(TICK)
        except StopAskedError:
            self._lines.say("Stopping; once more hastens it")
        except ServiceError as error:
            raise CommandError(str(error)) from error
        finally:
            self._stop()

    def _hangup(self) -> tuple[int, ...]:
        # Under nohup the signal is ignored already, and stays so.
        return () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1
        if self._asked == 1:
            self._asked_at = time.monotonic()
            raise StopAskedError
        # `make` passes on a signal that reached us already: what comes at once with the first is the same wish.
        if time.monotonic() - self._asked_at > SAME_WISH:
            self._hastened = True
            self._supervisor.hasten()

    def _start(self) -> None:
        self._lines.start()
        if self._services:
            self._lines.say("Starting PostgreSQL and Redis")
            self._services.start()
        with self._lines.stream("migrate") as stream:
            call_command("migrate", interactive=False, stdout=stream, stderr=stream, no_color=True)
        connections.close_all()
        self._supervisor.start()
        self._make_first_data()

    def _make_first_data(self) -> None:
        """Run first_run beside the programs: it imports the demo provider's catalogue over HTTP."""
        if not settings.DEMO:
            return
        self._wait_for_demo_provider()
        with open(self._lines.pipe(SETUP), "wb", buffering=0) as output:
            made = subprocess.run(  # noqa: S603 (our own command)
                processes.tethered([sys.executable, "manage.py", "first_run"], f"--parent={os.getpid()}"),
                cwd=settings.BASE_DIR,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                check=False,
            )
        if made.returncode != 0:
            self._lines.say("The first data could not be made (see above); the next start tries again")

    def _wait_for_demo_provider(self) -> None:
        while not _listening(settings.DEMO_PROVIDER_PORT):
            self._say_sometimes("Waiting for the demo provider")
            self._watch_processes()
            time.sleep(TICK / 5)

    def _watch(self) -> None:
        self._watch_processes()
        if not self._announced:
            self._announce_when_ready()

    def _watch_processes(self) -> None:
        if self._services:
            self._services.start_again_what_died()
        processes.reap(self._orphans())
        if self._supervisor.pid is None:
            self._lines.say("supervisord has ended; starting it again")
            processes.end_orphans(self._orphans, self._supervisor.stop_seconds)
            self._supervisor.start()

    def _orphans(self) -> list[int]:
        known = {self._supervisor.pid, *(self._services.pids().values() if self._services else ())}
        return [pid for pid in processes.children(os.getpid()) if pid not in known]

    def _announce_when_ready(self) -> None:
        answer = readiness.ask(settings.WEB_HOST, settings.PORT, _own_name())
        if answer.ready:
            self._announced = True
            self._lines.say(banner.text(settings.HOME.first_run_file, settings.PANEL_URL))
            connections.close_all()
        else:
            self._say_sometimes(f"Not ready yet: {answer.body or answer.status}")

    def _say_sometimes(self, text: str) -> None:
        if time.monotonic() - self._said > PATIENCE:
            self._said = time.monotonic()
            self._lines.say(text)

    def _stop(self) -> None:
        """Stop the programs, then what they depend on; a signal from here on only hastens."""
        self._asked = max(self._asked, 1)
        self._supervisor.stop()
        processes.end_orphans(self._orphans, 0 if self._hastened else TICK)
        if self._services:
            self._services.stop()
        self._lines.say("Stopped")
        self._lines.stop()


def _listening(port: int) -> bool:
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _own_name() -> str:
    """Return a Host name the panel answers to."""
    allowed = settings.ALLOWED_HOSTS
    return "127.0.0.1" if not allowed or {"*", "127.0.0.1"} & set(allowed) else str(allowed[0]).lstrip(".")
