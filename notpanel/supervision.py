"""Programs under supervisord: started again when they die, stopped in order, never outliving us."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from notpanel.embedded import processes

FOREVER = 1_000_000  # supervisord waits a second longer before each try, so it keeps trying without a storm
STEADY_SECONDS = 5  # a program that ends sooner is tried again after a pause, one that ran longer at once


@dataclass(frozen=True)
class Program:
    """One program; the first in the list starts first and stops last."""

    name: str
    command: tuple[str, ...]
    stop_seconds: int  # how long it may take to finish what it is doing


class Supervisor:
    """supervisord with its programs, started again should it die itself."""

    def __init__(
        self,
        programs: tuple[Program, ...],
        *,
        folder: Path,
        directory: Path,
        output: Callable[[str], Path],
        environment: Mapping[str, str],
    ) -> None:
        self._programs, self._directory, self._output = programs, directory, output
        self._environment = dict(environment)
        self._configuration = folder / "supervisord.conf"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return supervisord's process while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def stop_seconds(self) -> int:
        """Return how long stopping everything may take."""
        return sum(program.stop_seconds for program in self._programs) + 5

    def start(self) -> None:
        """Start supervisord, and it the programs."""
        text, variables = configuration(self._programs, self._configuration.parent, self._directory, self._output)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._configuration)]
        with open(self._output("supervisor"), "wb", buffering=0) as output:
            self._process = subprocess.Popen(  # noqa: S603 (our own command)
                processes.tethered(command, f"--parent={os.getpid()}"),
                cwd=self._directory,
                env=self._environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop the programs in their order, then supervisord; each has its time to finish."""
        if self._process:
            processes.stop(self._process, (signal.SIGTERM, self.stop_seconds))

    def hasten(self) -> None:
        """Kill the programs instead of waiting for them."""
        for pid in processes.descendants(self.pid) if self.pid else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def configuration(
    programs: tuple[Program, ...], folder: Path, directory: Path, output: Callable[[str], Path]
) -> tuple[str, dict[str, str]]:
    """Return supervisord's configuration, and the environment variables it refers to.

    The format has no quoting (a path with ` #` in it would end there), so whatever is not ours to choose goes
    through a variable.
    """
    variables = {"NOTPANEL_RUN": str(folder), "NOTPANEL_DIRECTORY": str(directory)}
    general = {
        "nodaemon": "true",
        "logfile": "/dev/null",  # its lines go to standard output, which is ours to mark
        "logfile_maxbytes": "0",
        "pidfile": "%(ENV_NOTPANEL_RUN)s/supervisord.pid",
        "childlogdir": "%(ENV_NOTPANEL_RUN)s",
        "umask": "077",
        **({"user": "root"} if os.getuid() == 0 else {}),  # said aloud, or it warns
    }
    sections = [_section("supervisord", general)]
    for place, program in enumerate(programs):
        variables[f"NOTPANEL_{place}_COMMAND"] = shlex.join(processes.tethered(program.command))
        # supervisord expands this one setting twice.
        variables[f"NOTPANEL_{place}_OUTPUT"] = str(output(program.name)).replace("%", "%%")
        settings = {
            "command": f"%(ENV_NOTPANEL_{place}_COMMAND)s",
            "directory": "%(ENV_NOTPANEL_DIRECTORY)s",
            "priority": place,
            "startsecs": STEADY_SECONDS,
            "startretries": FOREVER,
            "autorestart": "true",
            "stopsignal": "TERM",
            "stopwaitsecs": program.stop_seconds,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": f"%(ENV_NOTPANEL_{place}_OUTPUT)s",
            "stdout_logfile_maxbytes": "0",
        }
        sections.append(_section(f"program:{program.name}", settings))
    return "\n".join(sections), variables


def _section(name: str, settings: Mapping[str, object]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in settings.items()), ""])
