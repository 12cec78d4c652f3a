"""The way in for every management command: what an operator can put right is said in one line."""

import os
import sys

import kombu.exceptions
import redis.exceptions
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import InterfaceError, OperationalError

from notpanel.embedded.processes import ServiceError
from notpanel.home import HomeError

UNREACHABLE = (
    OperationalError,
    InterfaceError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    kombu.exceptions.OperationalError,
)


def main() -> None:
    """Run the command the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notpanel.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, HomeError, ServiceError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"{error}")
    except UNREACHABLE as error:
        message = _unreachable(error)
        if message is None or "--traceback" in sys.argv:
            raise
        sys.exit(message)
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell reports a program ended by SIGINT


def _unreachable(error: Exception) -> str | None:
    """Return what to do about a server that cannot be reached; None for any other error."""
    from django.conf import settings  # settings exist only once the command line has been read

    database = isinstance(error, OperationalError | InterfaceError)
    if database and getattr(error.__cause__, "sqlstate", None):
        return None  # the server was reached, and answered with an error of its own
    server = "PostgreSQL" if database else "Redis"
    if settings.EMBEDDED:
        return f"The panel's own {server} is not running: start it with `make up`"
    variable = "DATABASE_URL" if database else "REDIS_URL and BROKER_URL"
    return (
        f"{server} cannot be reached: {str(error).strip().splitlines()[0]}. Check {variable}, and that the server runs."
    )
