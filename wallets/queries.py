"""Reading money: the balance that everyone is shown, and the proof of the books."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from kit import clock, records
from kit.money import wire
from kit.records import Record
from kit.redis import CacheDown, cache
from wallets.models import Wallet

RECORD_PREFIX = "b:"


def record_name(account_id: int) -> str:
    """Return the name of the account's cached balance: a record (kit/records.py) whose `b` is the wire amount."""
    return f"{RECORD_PREFIX}{account_id}"


def balance(account_id: int) -> Decimal:
    """Return the balance as every reader is shown it: cached for 30 s, never older than the last answered write.

    It says what to show. Whether money may be spent is decided by the statement that spends it.
    """
    cached = _cached_balance(account_id)
    return balance_from_database(account_id) if cached is None else cached


def balance_from_database(account_id: int) -> Decimal:
    """Return the balance from the wallet itself and put it into the cache.

    :raises Wallet.DoesNotExist: where the account has no wallet.
    """
    amount, version = Wallet.objects.values_list("balance", "version").get(account_id=account_id)
    records.write(balance_record(account_id, amount, version))
    return amount


def balance_record(account_id: int, amount: Decimal, version: int) -> Record:
    """Return the record that caches a balance."""
    return Record(record_name(account_id), version, {"b": wire(amount)})


def low_balance_threshold(account_id: int) -> Decimal:
    """Return below how many USD `balance.low` is told; 0: never.

    :raises Wallet.DoesNotExist: where the account has no wallet.
    """
    return Wallet.objects.values_list("low_balance_threshold", flat=True).get(account_id=account_id)


def wallet_of(account_id: int) -> Wallet:
    """Return the account's wallet as the database has it.

    :raises Wallet.DoesNotExist: where the account has none.
    """
    return Wallet.objects.get(account_id=account_id)


def _cached_balance(account_id: int) -> Decimal | None:
    breaker = cache()
    try:
        until, amount = breaker.call(lambda: breaker.client.hmget(record_name(account_id), ["u", "b"]))
    except CacheDown:
        return None
    if until is None or amount is None or int(until) <= clock.milliseconds():
        return None
    return Decimal(amount.decode() if isinstance(amount, bytes) else amount)


@dataclass(frozen=True, slots=True)
class BrokenWallet:
    """A wallet that its own entries do not add up to."""

    account_id: int
    problem: str


# Every wallet against its own entries: an unbroken sequence, each balance the one before plus the amount, and
# the wallet where the last entry left it.
PROOF = """
WITH chained AS (
    SELECT wallet_id, seq, amount, balance_after, counter,
           lag(seq, 1, 0::bigint) OVER chain AS seq_before,
           lag(balance_after, 1, 0::numeric) OVER chain AS balance_before
    FROM wallets_entry WINDOW chain AS (PARTITION BY wallet_id ORDER BY seq)
), told AS (
    SELECT wallet_id,
           max(seq) AS last_seq,
           sum(amount) AS total,
           coalesce(sum(amount) FILTER (WHERE counter = 'deposits'), 0) AS deposited,
           min(seq) FILTER (WHERE seq <> seq_before + 1) AS gap_at,
           min(seq) FILTER (WHERE balance_after <> balance_before + amount) AS wrong_at
    FROM chained GROUP BY wallet_id
)
SELECT w.account_id, w.balance, w.version, w.deposited,
       coalesce(t.total, 0), coalesce(t.last_seq, 0), coalesce(t.deposited, 0), t.gap_at, t.wrong_at
FROM wallets_wallet w LEFT JOIN told t ON t.wallet_id = w.account_id
WHERE w.balance <> coalesce(t.total, 0) OR w.version <> coalesce(t.last_seq, 0)
   OR w.deposited <> coalesce(t.deposited, 0) OR t.gap_at IS NOT NULL OR t.wrong_at IS NOT NULL
ORDER BY w.account_id
"""


def broken_wallets() -> Iterator[BrokenWallet]:
    """Yield every wallet that its entries do not prove, each problem in words. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(PROOF)
        for account, held, version, deposited, total, last, told_deposits, gap, wrong in cursor.fetchall():
            problems = [
                (gap is not None, f"entry {gap} does not follow the one before it"),
                (wrong is not None, f"entry {wrong} does not add up to its balance_after"),
                (held != total, f"the balance is {wire(held)}, its entries add up to {wire(total)}"),
                (version != last, f"the version is {version}, its last entry is {last}"),
                (
                    deposited != told_deposits,
                    f"deposited is {wire(deposited)}, its deposits come to {wire(told_deposits)}",
                ),
            ]
            yield BrokenWallet(account, "; ".join(words for is_so, words in problems if is_so))


def wallet_count() -> int:
    """Return how many wallets there are."""
    return Wallet.objects.count()
