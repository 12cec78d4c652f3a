"""Threads let loose together, each with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

PATIENCE = 60.0


def at_once(*calls: Callable[[], Any], database: bool = True) -> list[Any]:
    """Run each call in a thread, all from the same instant; return what each returned or raised, in their order.

    :param database: whether the calls use it: each thread then has its connection before any begins.
    """
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            if database:
                connection.ensure_connection()
            gate.wait(PATIENCE)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
