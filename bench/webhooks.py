"""`python -m bench.webhooks`: deliveries a second, beside a bare client; what an endpoint that hangs costs others.

The panel's own processes run on one CPU; PostgreSQL, Redis and the receivers on another, if there is one. `--full`
sends more, and for longer.
"""

import argparse
import os

from bench import delivering, hanging
from bench.panel import panel
from bench.sink import on_the_first_cpu, on_the_last_cpu, sinks

TABLES = {"rates": delivering.measure, "hanging": hanging.measure}


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description="Deliver webhooks to receivers that answer, and to some that hang")
    parser.add_argument("--full", action="store_true", help="more deliveries a round, more rounds, longer streams")
    parser.add_argument("--only", choices=TABLES, help="one of the tables")
    asked = parser.parse_known_args()[0]
    os.environ |= {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8"}
    on_the_last_cpu()
    with panel(), sinks() as receivers:
        on_the_first_cpu()
        for name, measure in TABLES.items():
            if asked.only in (None, name):
                measure(receivers, full=asked.full)


if __name__ == "__main__":
    main()
