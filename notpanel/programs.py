"""The programs a panel consists of, beside PostgreSQL and Redis."""

import os
import sys

from django.conf import settings

from notpanel.supervision import Program

PYTHON = sys.executable
# Started by root, it is root's choice, made with `make up`; the worker takes JSON only, which runs nothing.
QUIET_ABOUT_ROOT = ("-W", "ignore:You're running the worker with superuser privileges")
CELERY = (PYTHON, *QUIET_ABOUT_ROOT, "-m", "celery", "--app", "notpanel", "--quiet")
# One session that holds a wallet's row is not to hold every web thread. Commands, which may take long, have no limits.
DATABASE_LIMITS = "-c lock_timeout=5s -c statement_timeout=30s"
FINISH_SECONDS = 10  # what a request, or the clock, may need to end

# The first starts first and stops last: the clock stops asking, the web stops taking, the worker finishes
# what it is sending while the provider still answers.
KNOWN = (
    Program(
        "demo",
        (
            *(PYTHON, "manage.py", "demo_provider", "--port", str(settings.DEMO_PROVIDER_PORT)),
            *("--state", str(settings.HOME.path / "demo-provider.jsonl")),
        ),
        FINISH_SECONDS,
    ),
    Program(
        "worker",
        (
            *(*CELERY, "worker", "--pool", "prefork", "--concurrency", str(settings.WORKER_PROCESSES)),
            *("--without-mingle", "--without-gossip", "--loglevel", settings.LOG_LEVEL),
        ),
        max(settings.PROVIDER_TIMEOUT, settings.WEBHOOK_TIMEOUT) + FINISH_SECONDS,  # what is on the wire is waited for
    ),
    Program(
        "web",
        (
            *(PYTHON, "-m", "granian", "--interface", "wsgi", "--host", settings.WEB_HOST),
            *("--port", str(settings.PORT), "--workers", str(settings.WEB_PROCESSES)),
            *("--blocking-threads", str(settings.WEB_THREADS), "--no-ws", "--no-access-log"),
            *("--respawn-failed-workers", "--workers-kill-timeout", str(FINISH_SECONDS)),
            *("--log-level", "warning", "notpanel.wsgi:application"),
        ),
        FINISH_SECONDS + 2,
    ),
    # Its log names every task it sends, four in five seconds; what a task does stands in the worker's.
    Program("clock", (*CELERY, "beat", "--pidfile", "", "--loglevel", "WARNING"), FINISH_SECONDS),
)


ALL = tuple(program for program in KNOWN if settings.DEMO or program.name != "demo")


def environment() -> dict[str, str]:
    """Return the environment they run in: ours, with orders followed every 2 s for a quick first try."""
    defaults = {"FOLLOW_INTERVAL": "2"}
    return (
        defaults
        | os.environ
        | {
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "PYTHONUNBUFFERED": "1",
            "PGOPTIONS": _database_options(),
            "NOTPANEL_DIE_WITH_PARENT": "1",
            # Our home as it was resolved here, whatever folder a program runs in.
            "PANEL_HOME": str(settings.HOME.path),
        }
    )


def _database_options() -> str:
    """Return what libpq sends with every new connection; the operator's own options come last and win."""
    limits = "" if settings.DATABASE_BEHIND_PGBOUNCER else DATABASE_LIMITS  # PgBouncer refuses them
    return f"{limits} {os.environ.get('PGOPTIONS', '')}".strip()
