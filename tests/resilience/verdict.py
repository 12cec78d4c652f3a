"""What must be true once everything has come to rest: nothing lost, charged twice or bought twice."""

import json
import time
from collections import Counter
from decimal import Decimal
from typing import Any

from kit import ids
from tests.resilience.clients import Ledger
from tests.resilience.panels import LoadedPanel

LOOK_EVERY = 0.5
ENDED = {"completed", "partial", "canceled", "failed"}
ORDERS = """
SELECT r.key, o.public_id, o.status, o.link, o.charge, o.refunded, p.state, p.provider_order_id,
       (SELECT count(*) FROM wallets_entry e WHERE e.reference = 'order:' || o.id || ':charge')
FROM orders_order o
JOIN orders_request r ON r.order_id = o.id
JOIN orders_purchase p ON p.order_id = o.id
ORDER BY o.id
"""
AT_WORK = "SELECT state, count(*) FROM orders_purchase WHERE state IN ('queued', 'submitting', 'placed') GROUP BY 1"


def wait_for_rest(panel: LoadedPanel, seconds: float) -> None:
    """Return once every order has ended or is unknown, all by itself."""
    deadline = time.monotonic() + seconds
    while left := dict(panel.rows(AT_WORK)):
        assert time.monotonic() < deadline, f"after {seconds:g} s there are still: {left}"
        time.sleep(LOOK_EVERY)


def judge(panel: LoadedPanel, ledger: Ledger) -> dict[str, int]:
    """Fail where a promise was broken; return how the orders ended, counted."""
    rows = panel.rows(ORDERS)
    assert ledger.surprises == []
    # Every acknowledged order is there, under the id that was answered; each request has made one.
    kept = {row[0].removeprefix("id:"): ids.shown("ord", row[1]) for row in rows}
    assert len(kept) == len(rows) == panel.rows("SELECT count(*) FROM orders_order")[0][0]
    assert ledger.acknowledged.items() <= kept.items()
    assert kept.keys() <= ledger.sent.keys()
    provider: dict[str, list[dict[str, Any]]] = {}
    for order in panel.provider_orders():
        provider.setdefault(order["link"], []).append(order)
    assert provider.keys() <= {row[3] for row in rows}
    for row in rows:
        _judge_order(row, provider.get(row[3], []))
    _judge_money(panel, rows)
    return Counter("unknown" if row[6] == "unknown" else row[2] for row in rows)


def _judge_order(row: tuple[Any, ...], at_provider: list[dict[str, Any]]) -> None:
    key, _, status, _, charge, refunded, state, provider_order_id, charges = row
    assert charges == 1, row
    assert len(at_provider) <= 1, f"{key} was placed {len(at_provider)} times: {at_provider}"
    if state == "unknown":
        assert (status, refunded) == ("processing", 0), row
    elif state == "done":
        assert status in ENDED, row
        assert [str(each["order"]) for each in at_provider] == [provider_order_id], row
        undelivered = at_provider[0]["remains"]
        assert refunded == (charge * undelivered / at_provider[0]["quantity"]).quantize(Decimal("1e-8")), row
    else:
        assert (state, status, refunded) == ("refused", "failed", charge), row
        assert at_provider == [], row


def _judge_money(panel: LoadedPanel, rows: list[tuple[Any, ...]]) -> None:
    ((balance, deposited),) = panel.rows("SELECT balance, deposited FROM wallets_wallet WHERE deposited > 0")
    assert balance == deposited - sum((row[4] - row[5] for row in rows), Decimal(0))
    shown = panel.call(action="balance")
    assert Decimal(shown.json["balance"]) == balance
    audit = panel.manage("audit_books", "--json")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert json.loads(audit.stdout)["orders"] == len(rows)
