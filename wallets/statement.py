"""An account's statement: its entries, the newest first, a slice at a time or all as a stream; and what it spent a day.

An entry's day is the one in which its wallet moved. A day ends with the last entry that is dated before midnight: of
two that wait for each other at that moment the later one may carry the earlier time, and each is in one day all the
same, so that the days add up to the balance.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple, TypedDict, Unpack

from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When

from kit import clock
from kit.paging import Slice, downwards, upwards
from wallets.models import Counter, Entry

PER_PAGE = 50
CHUNK = 2000  # entries of an export that are read at once
REFUNDS = "refunds"
# What an entry can be, as a statement calls it: by its counter, but money that sales gave back is a kind of its own.
KINDS: dict[str, Q] = {
    "deposits": Q(counter=Counter.DEPOSITS),
    "sales": Q(counter=Counter.SALES, amount__lt=0),
    REFUNDS: Q(counter=Counter.SALES, amount__gt=0),
    "bonuses": Q(counter=Counter.BONUSES),
    "adjustments": Q(counter=Counter.ADJUSTMENTS),
}
# Whose reason is written for the wallet's owner. A refund's can be what a provider said, a deposit's is a note of the
# operator's: neither is shown, nor found by its words.
REASONED = {"bonuses", "adjustments"}
ORDER = re.compile(r"order:([0-9]{1,19}):")


class Row(NamedTuple):
    """An entry as a statement shows it, in USD; `seq` counts the wallet's entries."""

    seq: int
    at: datetime
    amount: Decimal
    balance_after: Decimal
    counter: str
    reference: str
    reason: str

    @property
    def kind(self) -> str:
        """Return which of KINDS it is."""
        return REFUNDS if self.counter == Counter.SALES and self.amount > 0 else self.counter

    @property
    def order(self) -> int | None:
        """Return the number of the order that it paid for or gave back, or None where it is about none."""
        named = ORDER.match(self.reference)
        return int(named[1]) if named else None


class Filters(TypedDict, total=False):
    """What a statement is narrowed down by.

    `text` is a part of an entry's reference, or of a reason that is shown; a sale, whose reference says nothing but its
    order, is found by a reference of that order. `order` is the number of an order: its charge and refunds, besides
    what `text` finds. `kind` is one of KINDS. `since` and `until` are the first day and the last one, in UTC.
    """

    text: str
    order: int | None
    kind: str
    since: date | None
    until: date | None


def entries_of(
    account_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    per_page: int = PER_PAGE,
    **filters: Unpack[Filters],
) -> Slice[Row]:
    """Return a slice of the account's entries: the newest, or those beside one.

    :param before: the `seq` of an entry: those older than it.
    :param after: likewise those newer than it, the nearest ones; where there are none, the newest of all.
    """
    found = _Found(account_id, **filters)
    if after is not None:
        nearest = found.newer(after, per_page + 1)
        if nearest:
            return upwards(nearest, key=_seq, per_page=per_page)
        before = None
    rows = found.older(before, per_page + 1)
    return downwards(rows, key=_seq, per_page=per_page, from_the_newest=before is None)


def export(account_id: int, **filters: Unpack[Filters]) -> Iterator[Row]:
    """Yield every one of the account's entries that `entries_of` lists, in its order.

    They are read by chunks of 2,000, each by statements of its own: neither a transaction nor a cursor of the database
    is held meanwhile, and no more than a chunk is in memory.
    """
    found = _Found(account_id, **filters)
    chunk = found.older(None, CHUNK)
    yield from chunk
    while len(chunk) == CHUNK:
        chunk = found.older(chunk[-1].seq, CHUNK)
        yield from chunk


def deposits_of(account_id: int, limit: int = 10) -> list[Row]:
    """Return the account's latest deposits, the newest first."""
    return entries_of(account_id, kind="deposits", per_page=limit).rows


class _Found:
    """The entries that meet the filters, read from either end.

    Words are looked for where there are any, in what is no sale: few of the entries, which have an index of their own.
    """

    def __init__(
        self,
        account_id: int,
        text: str = "",
        order: int | None = None,
        kind: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> None:
        entries = Entry.objects.filter(KINDS.get(kind, NOTHING) if kind else Q(), wallet_id=account_id)
        if since is not None:
            entries = entries.filter(seq__gt=_last_before(account_id, since))
        if until is not None and until < date.max:
            entries = entries.filter(seq__lte=_last_before(account_id, until + timedelta(days=1)))
        self._parts = [entries] if not text and order is None else _saying(entries, text, order)

    def older(self, seq: int | None, most: int) -> list[Row]:
        """Return so many, the newest first, older than an entry."""
        return self._read(Q() if seq is None else Q(seq__lt=seq), "-seq", most)

    def newer(self, seq: int, most: int) -> list[Row]:
        """Return so many, the oldest first, newer than an entry."""
        return self._read(Q(seq__gt=seq), "seq", most)

    def _read(self, beside: Q, order: str, most: int) -> list[Row]:
        parts = [part.filter(beside).order_by(order).values_list(*SHOWN)[:most] for part in self._parts]
        rows = [Row(*row) for part in parts for row in part]
        return sorted(rows, key=_seq, reverse=order == "-seq")[:most]


NOTHING = Q(pk__in=[])
SHOWN = (*Row._fields[:-1], Case(When(counter__in=REASONED, then="reason"), default=Value("")))


def _saying(entries: QuerySet[Entry], text: str, order: int | None) -> list[QuerySet[Entry]]:
    """Return the entries that say the text, and the sales of the order; each is in one of them."""
    named = ORDER.match(f"{text}:")
    orders = {int(named[1]) if named else None, order} - {None}
    charges, refunds = NOTHING, NOTHING
    for number in orders:
        charges |= Q(reference=f"order:{number}:charge")
        refunds |= Q(reference__startswith=f"order:{number}:refund:")
    says = Q(reference__icontains=text) | Q(counter__in=REASONED, reason__icontains=text)
    words = says if text and "\0" not in text else NOTHING  # PostgreSQL keeps it in no text
    sold = [entries.filter(KINDS["sales"], charges), entries.filter(KINDS[REFUNDS], refunds)] if orders else []
    return [*sold, entries.filter(~Q(counter=Counter.SALES), words)]


def _last_before(account_id: int, day: date) -> int:
    """Return the `seq` of the last entry before a day begins, 0 where there is none."""
    entries = Entry.objects.filter(wallet_id=account_id, at__lt=datetime.combine(day, time.min, UTC))
    return entries.order_by("-at", "-seq").values_list("seq", flat=True).first() or 0


def _seq(row: Row) -> int:
    return row.seq


# By the balances at both ends of a day, and what of the difference was no sale: as quick for millions of charges a day
# as for one.
SPENT = """
WITH edges AS (
    SELECT midnight, max(coalesce(last.seq, 0)) OVER (ORDER BY midnight) AS seq
    FROM unnest(%(midnights)s::timestamptz[]) midnight LEFT JOIN LATERAL (
        SELECT seq FROM wallets_entry WHERE wallet_id = %(account)s AND at < midnight ORDER BY at DESC, seq DESC LIMIT 1
    ) last ON true
), days AS (
    SELECT midnight, edges.seq, lead(edges.seq) OVER told AS until, coalesce(e.balance_after, 0) AS began,
           lead(coalesce(e.balance_after, 0)) OVER told AS ended
    FROM edges LEFT JOIN wallets_entry e ON e.wallet_id = %(account)s AND e.seq = edges.seq
    WINDOW told AS (ORDER BY midnight)
)
SELECT began - ended + coalesce((
    SELECT sum(amount) FROM wallets_entry e
    WHERE e.wallet_id = %(account)s AND e.counter <> 'sales' AND e.seq > days.seq AND e.seq <= days.until), 0)
FROM days WHERE until IS NOT NULL ORDER BY midnight
"""


def spent_by_day(account_id: int, days: int = 30) -> list[tuple[date, Decimal]]:
    """Return what the account's orders cost less what went back, in USD, on each of the last days in UTC, today last.

    Below zero where more went back than was ordered. One statement.
    """
    first = clock.now().date() - timedelta(days=days - 1)
    dates = [first + timedelta(days=number) for number in range(days + 1)]
    midnights = [datetime.combine(day, time.min, UTC) for day in dates]
    with connection.cursor() as cursor:
        cursor.execute(SPENT, {"account": account_id, "midnights": midnights})
        return [(day, spent) for day, (spent,) in zip(dates, cursor.fetchall(), strict=False)]
