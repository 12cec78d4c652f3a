"""What a page of the rate card costs a stranger's request, by how many services are on sale.

    python -m bench.rate_card

The requests come in through Django's handler and middleware, as by the test client; no network is in between.
"""

import statistics
import sys
import time
from typing import Any

from bench.panel import panel

SIZES = (100, 1_000, 10_000)
REQUESTS = 30
HEAD = f"{'statements':>11}{'median ms':>11}{'of it CPU':>11}{'SQL':>8}{'slowest':>9}{'kB':>6}"
ASKED = {
    "the first page": "/services",
    "a page in the middle": "/services?page=50",
    "two words": "/services?q=followers+real",
    "a word of no service": "/services?q=nothing",
    "a category": "/services?category={category}",
    "with refill and cancel": "/services?refill=on&cancel=on",
    "the home page": "/",
}


def measured() -> None:
    """Print a line for each size and question."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from bench.many_orders import write_catalogue
    from catalog.models import Category
    from providers.operations import add_provider

    settings.ALLOWED_HOSTS = ["testserver"]
    provider = add_provider(name="bench", url="http://127.0.0.1:9/api/v2", key="its-key").pk
    print(f"{'services':>8}  {'asked':<24}{HEAD}")
    for size in SIZES:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE catalog_category CASCADE")
        write_catalogue(provider, size)
        category = Category.objects.order_by("id").last()
        assert category is not None
        for name, path in ASKED.items():
            told = asked(Client(), path.format(category=category.pk))
            print(f"{size:>8}  {name:<24}{told}")
            sys.stdout.flush()


def asked(client: Any, path: str) -> str:
    """Ask for the page again and again.

    Return statements; milliseconds: median, CPU of this process (the rest is waiting), SQL, the slowest; kB."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    took, in_cpu, in_sql, statements, size = [], [], [], 0, 0
    for number in range(REQUESTS + 1):
        with CaptureQueriesContext(connection) as captured:
            began, began_cpu = time.perf_counter(), time.process_time()
            answer = client.get(path)
            ended, ended_cpu = time.perf_counter(), time.process_time()
        assert answer.status_code == 200
        statements, size = len(captured), len(answer.content)
        if number:  # the first also loads templates
            took.append((ended - began) * 1000)
            in_cpu.append((ended_cpu - began_cpu) * 1000)
            in_sql.append(sum(float(each["time"]) for each in captured.captured_queries) * 1000)
    total, cpu, sql = (statistics.median(each) for each in (took, in_cpu, in_sql))
    return f"{statements:>11}{total:>11.1f}{cpu:>11.1f}{sql:>8.1f}{max(took):>9.1f}{size / 1000:>6.0f}"


if __name__ == "__main__":
    with panel():
        measured()
