"""The proof of the books, in one snapshot: for the command, and once a day by the clock, which tells the operator."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, connection, transaction

import accounts.queries
import alerts.operations
import events.operations
import events.queries
import orders.queries
import wallets.queries
from kit import clock
from orders.models import Order
from orders.queries import BrokenOrder
from wallets.queries import BrokenWallet

logger = logging.getLogger(__name__)
# What is compared is one moment's: money that moves meanwhile is in both sides or in neither.
ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# The worker's statements have 30 s otherwise; below what a task may take in all (CELERY_TASK_TIME_LIMIT).
LONGEST_STATEMENT = "SET LOCAL statement_timeout = '100s'"
ONCE_IN = timedelta(hours=24)
DISAGREE, NOT_AUDITED = "books.disagree", "books.not_audited"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and everything that does not agree."""

    wallets: int
    orders: int
    broken_wallets: list[BrokenWallet]
    broken_orders: list[BrokenOrder]
    stray_entries: list[str]

    @property
    def agree(self) -> bool:
        """Return whether the books agree."""
        return not (self.broken_wallets or self.broken_orders or self.stray_entries)

    @property
    def problems(self) -> list[str]:
        """Return what does not agree, a line for each."""
        return [
            *(f"wallet of account {each.account_id}: {each.problem}" for each in self.broken_wallets),
            *(f"order {each.order_id} of account {each.account_id}: {each.problem}" for each in self.broken_orders),
            *(f"entry {each}" for each in self.stray_entries),
        ]


def prove(*, hurry: bool = False) -> Proof:
    """Prove every wallet by its entries, and the entries by what caused them, in one snapshot.

    :param hurry: give up on a statement after 100 s, as a task has to.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(ONE_SNAPSHOT)
            if hurry:
                cursor.execute(LONGEST_STATEMENT)
        return Proof(
            broken_wallets=list(wallets.queries.broken_wallets()),
            broken_orders=list(orders.queries.broken_orders()),
            stray_entries=[*accounts.queries.stray_deposits(), *orders.queries.stray_sales()],
            wallets=wallets.queries.wallet_count(),
            orders=Order.objects.count(),
        )


def is_due() -> bool:
    """Return whether the last audit is a day old, or found what may have been mended since."""
    last = events.queries.history("books", 0).filter(kind="books.audited").order_by("-id").first()
    return last is None or not last.data["agree"] or last.at <= clock.now() - ONCE_IN


def audit() -> Proof | None:
    """Prove the books and tell the operator where they do not agree, or no longer; None where it took too long."""
    try:
        proof = prove(hurry=True)
    except OperationalError as error:
        logger.error("the books could not be audited: %s", error)  # noqa: TRY400
        alerts.operations.raise_alert(
            kind=NOT_AUDITED,
            text="The books could not be audited by the clock: proving them took too long, or PostgreSQL was away. "
            "Run audit_books by hand, and from cron where the panel has grown too large for the clock.",
        )
        return None
    with transaction.atomic():
        _tell(proof)
    return proof


def _tell(proof: Proof) -> None:
    data = {"agree": proof.agree, "wallets": proof.wallets, "orders": proof.orders, "problems": proof.problems[:20]}
    events.operations.record(kind="books.audited", subject="books", subject_id=0, data=data)
    alerts.operations.clear_alert(kind=NOT_AUDITED)
    if proof.agree:
        alerts.operations.clear_alert(kind=DISAGREE)
        return
    count = len(proof.problems)
    alerts.operations.raise_alert(
        kind=DISAGREE,
        text=f"The books do not agree in {count} place{'' if count == 1 else 's'}: {proof.problems[0]}. "
        "Run audit_books, which names all of them.",
    )
