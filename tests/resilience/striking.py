"""The blows: each kills a part of the panel, or has the provider misbehave, and returns once it has struck."""

import contextlib
import os
import signal
from collections.abc import Callable

import psycopg

from notpanel.embedded import processes
from tests.embedded.conftest import wait_until
from tests.resilience.panels import LoadedPanel

Blow = Callable[[LoadedPanel], None]
ON_THE_WIRE = 4  # calls that are held while a blow falls
HELD_SECONDS = 2
TAKEN_MEANWHILE = 10  # orders, while a Redis is frozen


def kill_cache(panel: LoadedPanel) -> None:
    """Kill the cache's Redis."""
    _kill_redis(panel, "cache")


def kill_broker(panel: LoadedPanel) -> None:
    """Kill the broker's Redis."""
    _kill_redis(panel, "broker")


def freeze_cache(panel: LoadedPanel) -> None:
    """Freeze the cache's Redis, so that it takes connections and answers nothing, while orders go on being taken."""
    _freeze_redis(panel, "cache")


def freeze_broker(panel: LoadedPanel) -> None:
    """Freeze the broker's Redis in the same way."""
    _freeze_redis(panel, "broker")


def stop_postgresql(panel: LoadedPanel) -> None:
    """Shut PostgreSQL down as an administrator does: sessions are cut off, what is open is rolled back."""
    _end_postgresql(panel, signal.SIGINT)


def crash_postgresql(panel: LoadedPanel) -> None:
    """Have PostgreSQL give up at once; its next start recovers from the log."""
    _end_postgresql(panel, signal.SIGQUIT)


def kill_postgresql(panel: LoadedPanel) -> None:
    """Kill PostgreSQL's main process."""
    _end_postgresql(panel, signal.SIGKILL)


def kill_worker(panel: LoadedPanel) -> None:
    """Kill the worker's main process while its calls are on the wire."""
    _put_calls_on_the_wire(panel)
    _kill_program(panel, "worker")


def kill_workers_children(panel: LoadedPanel) -> None:
    """Kill the processes that do the worker's tasks while their calls are on the wire."""
    worker = _program(panel, "worker")
    _put_calls_on_the_wire(panel)
    for pid in processes.children(worker):
        _kill(pid, signal.SIGKILL)


def kill_clock(panel: LoadedPanel) -> None:
    """Kill the clock."""
    _kill_program(panel, "clock")


def kill_web(panel: LoadedPanel) -> None:
    """Kill the web server's main process."""
    _kill_program(panel, "web")


def kill_provider(panel: LoadedPanel) -> None:
    """Kill the provider while calls of ours are on the wire; what it had placed is there when it is back."""
    _put_calls_on_the_wire(panel)
    _kill_program(panel, "demo")
    wait_until(lambda: _provider_answers(panel), "the provider answers again")


def provider_misbehaves(panel: LoadedPanel) -> None:
    """Have the provider's next calls end in every way that leaves open whether the order was placed."""
    panel.tell_provider(
        next=[
            *("timeout_after_placing", "reset_after_placing", "500_after_placing", "html_after_placing"),
            *("timeout_before_placing", "timeout_after_placing"),
        ]
    )


def provider_turns_us_away(panel: LoadedPanel) -> None:
    """Have the provider say that it cannot serve us: nothing is placed, and we come again."""
    panel.tell_provider(next=["too_many_requests", "no_funds"])


# In this order: what the death of a worker leaves behind is the longest to be noticed.
ALL: tuple[Blow, ...] = (
    kill_worker,
    provider_misbehaves,
    kill_cache,
    freeze_broker,
    kill_workers_children,
    stop_postgresql,
    kill_broker,
    provider_turns_us_away,
    kill_postgresql,
    kill_provider,
    freeze_cache,
    kill_clock,
    kill_web,
    crash_postgresql,
)


def _put_calls_on_the_wire(panel: LoadedPanel) -> None:
    """Return while the provider holds calls of ours."""
    before = _slow_calls(panel)
    panel.tell_provider(slow_seconds=HELD_SECONDS, next=["slow"] * ON_THE_WIRE)
    wait_until(lambda: _slow_calls(panel) > before, "a call that the provider holds")


def _slow_calls(panel: LoadedPanel) -> int:
    return sum(call["did"] == "placed (slow)" for call in panel.provider_calls())


def _kill_redis(panel: LoadedPanel, name: str) -> None:
    folder = panel.home / name
    (pid,) = processes.working_in(folder, "redis-server")
    _kill(pid, signal.SIGKILL)
    wait_until(lambda: set(processes.working_in(folder, "redis-server")) - {pid}, f"the {name} is started again")


def _freeze_redis(panel: LoadedPanel, name: str) -> None:
    (pid,) = processes.working_in(panel.home / name, "redis-server")
    before = _orders(panel)
    _kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: _orders(panel) >= before + TAKEN_MEANWHILE, f"orders are taken with the {name} frozen")
    finally:
        _kill(pid, signal.SIGCONT)


def _orders(panel: LoadedPanel) -> int:
    ((count,),) = panel.rows("SELECT count(*) FROM orders_order")
    return int(count)


def _end_postgresql(panel: LoadedPanel, number: signal.Signals) -> None:
    file = panel.home / "postgres" / "postmaster.pid"
    pid = int(file.read_text(encoding="utf-8").split()[0])
    assert pid in processes.descendants(panel.process.pid)
    _kill(pid, number)
    wait_until(lambda: _answers(panel), "PostgreSQL is started again")


def _answers(panel: LoadedPanel) -> bool:
    try:
        return panel.rows("SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def _provider_answers(panel: LoadedPanel) -> bool:
    try:
        return bool(panel.provider_orders())
    except OSError:
        return False


def _kill_program(panel: LoadedPanel, name: str) -> None:
    pid = _program(panel, name)
    _kill(pid, signal.SIGKILL)
    wait_until(lambda: panel.program(name) not in (None, pid), f"the {name} is started again")


def _program(panel: LoadedPanel, name: str) -> int:
    wait_until(lambda: panel.program(name), f"the {name} runs")
    pid: int = panel.program(name)
    return pid


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it had just ended by itself
        os.kill(pid, number)
