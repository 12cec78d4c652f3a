"""Several management commands in one process: `python -m tests.chain.operating < commands.json`.

Starting Python and Django takes longer than any of them.
"""

import contextlib
import io
import json
import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    """Run the commands that standard input lists, and print the JSON that each has printed as one list."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notpanel.settings")
    django.setup()
    printed = []
    for command in json.load(sys.stdin):
        out = io.StringIO()
        with contextlib.suppress(SystemExit):  # what is wrong stands in the JSON
            call_command(*command, "--json", stdout=out)
        printed.append(json.loads(out.getvalue()))
    json.dump(printed, sys.stdout)


if __name__ == "__main__":
    main()
