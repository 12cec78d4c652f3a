"""A catalogue of thousands of services and an account with as many orders as one likes, written straight into tables.

In the proportions of a real panel: a few services have most of the orders, nearly all orders have ended, and some
services, links and statuses have none. Orders are spread over DAYS days, and the books agree with them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

SERVICES = 10_000
DAYS = 400
SINCE = datetime(2025, 1, 1, tzinfo=UTC)

CATALOGUE = """
INSERT INTO catalog_category (name, position, active)
SELECT 'Network ' || c || ' ' || (ARRAY['Likes', 'Followers', 'Views', 'Comments'])[c %% 4 + 1], c, true
FROM generate_series(1, %(services)s / 100) c;

INSERT INTO catalog_service (category_id, name, description, type, rate, pricing_mode, min, max, refill, refill_by_hand,
    cancel, dripfeed, average_time, active, position)
SELECT c.id, c.name || ' ' || n || ' [' || (ARRAY['Real', 'Fast', 'HQ', 'No drop'])[n %% 4 + 1] || ']',
    repeat('Starts within the hour. ', 5), 'Default', 0.5 + n / 100.0, 'fixed', 10, 100000, n %% 3 = 0, false,
    n %% 2 = 0, n %% 5 = 0, 60, true, n
FROM catalog_category c, generate_series(1, 100) n;

INSERT INTO catalog_source (service_id, provider_id, remote_id, priority, cost, currency, own_dripfeed, active,
    off_because, seen)
SELECT id, %(provider)s, id::text, 1, 0.3, 'USD', false, true, '', '{}' FROM catalog_service
"""
# Half of the orders are of fifty services; the public ids tell the time, as real ones do.
ORDERS = """
INSERT INTO orders_order (public_id, account_id, service_id, type, status, link, params, quantity, runs, rate,
    price_steps, charge, refunded, start_count, remains, created_at, ended_at)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || left(md5(n::text), 20))::uuid,
    %(account)s, s.id, 'Default', status,
    'https://example.com/p/' || CASE WHEN n %% 100 = 0 THEN 0 ELSE n END, '{}', 1000, 1, 1, '[]', 1,
    CASE status WHEN 'partial' THEN 0.4 WHEN 'canceled' THEN 1 WHEN 'failed' THEN 1 ELSE 0 END, 5,
    CASE status WHEN 'completed' THEN 0 WHEN 'partial' THEN 400 ELSE 1000 END, at,
    CASE WHEN status IN ('in_progress', 'processing') THEN NULL ELSE at + interval '1 hour' END
FROM (
    SELECT n, %(since)s + n * %(days)s * interval '1 day' / %(orders)s AS at,
        CASE WHEN n > %(orders)s - %(orders)s / 500 THEN (ARRAY['in_progress', 'processing'])[n %% 2 + 1]
             WHEN n %% 50000 = 7 THEN 'failed' WHEN n %% 100 = 1 THEN 'canceled' WHEN n %% 100 = 2 THEN 'partial'
             ELSE 'completed' END AS status,
        CASE WHEN n %% 2 = 0 THEN n / 2 %% 50 * 7 ELSE n * 7919::bigint %% %(services)s END AS nth
    FROM generate_series(1, %(orders)s) n
) drawn JOIN (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS nth FROM catalog_service
) s USING (nth)
ORDER BY n
"""
ENTRIES = """
INSERT INTO wallets_entry (wallet_id, seq, amount, balance_after, counter, reference, reason, actor, at)
SELECT %(account)s, row_number() OVER told, amount, sum(amount) OVER told, counter, reference, '', '', at
FROM (
    SELECT 0::bigint AS id, 0 AS nth, (%(orders)s + 1)::numeric AS amount, 'deposits' AS counter,
        'bench:' || %(account)s AS reference, %(since)s AS at
    UNION ALL
    SELECT id, 1, -charge, 'sales', 'order:' || id || ':charge', created_at
    FROM orders_order WHERE account_id = %(account)s
    UNION ALL
    SELECT id, 2, refunded, 'sales', 'order:' || id || ':refund:' || round(refunded, 2), ended_at
    FROM orders_order WHERE account_id = %(account)s AND refunded > 0
) moved
WINDOW told AS (ORDER BY at, id, nth)
"""
BALANCE = """
UPDATE wallets_wallet SET version = e.seq, balance = e.balance_after, deposited = %(orders)s + 1
FROM wallets_entry e WHERE e.wallet_id = account_id AND account_id = %(account)s
  AND e.seq = (SELECT max(seq) FROM wallets_entry WHERE wallet_id = %(account)s)
"""


def write_catalogue(provider_id: int, services: int = SERVICES) -> None:
    """Write so many services on sale (by the hundred), a hundred a category, all bought at the provider."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE, {"services": services, "provider": provider_id})
        cursor.execute("ANALYZE")


def write_orders(account_id: int, orders: int, services: int = SERVICES) -> None:
    """Write so many orders of the account over DAYS days, with the entries that they moved in its empty wallet."""
    given: dict[str, Any] = {
        "account": account_id,
        "orders": orders,
        "services": services,
        "days": DAYS,
        "since": SINCE,
    }
    with connection.cursor() as cursor:
        for statement in (ORDERS, ENTRIES, BALANCE):
            cursor.execute(statement, given)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order, wallets_entry")


def day(number: int) -> datetime:
    """Return the beginning of a day, counted from the first one that has orders."""
    return SINCE + timedelta(days=number)
