"""The operator's own proof, run by tests after whatever they did to the money."""

import contextlib
import io
import json
from typing import Any

from django.core.management import call_command


def audited() -> dict[str, Any]:
    """Return what `audit_books --json` prints, whether the books agree or not."""
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("audit_books", json=True, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def assert_books_agree(*, documents: bool = True) -> None:
    """Fail with the operator's own words where a wallet, an order or a deposit is not borne out by its entries.

    :param documents: False where a test moved a wallet's money without the order or deposit that would cause it.
    """
    answer = audited()
    assert answer["broken_wallets"] == []
    assert answer["broken_orders"] == []
    if documents:
        assert answer["stray_entries"] == []
        assert answer["agree"] is True
