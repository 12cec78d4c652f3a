"""The one place where money moves: one statement a movement, each by a reference that can move money once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from django.db import DataError, transaction

import events.operations
from kit import clock, records
from kit.money import LIMIT, PLACES, ZERO, wire
from kit.transitions import change_if
from wallets.models import Counter, Entry, Wallet
from wallets.queries import balance_record

LONGEST_REFERENCE = 200
LONGEST_REASON = 500
CURRENCY = "USD"

# The wallet is locked and read in its latest state, the entry is made unless its reference exists, and the wallet
# takes over what the entry says. No row comes back where the money is short or the reference is taken, and
# then nothing has moved.
POST = """
WITH wallet AS (
    SELECT account_id, balance, version FROM wallets_wallet
    WHERE account_id = %(account)s AND balance + %(amount)s >= 0
    FOR UPDATE
), entry AS (
    INSERT INTO wallets_entry (wallet_id, seq, amount, balance_after, counter, reference, reason, actor, at)
    SELECT account_id, version + 1, %(amount)s, balance + %(amount)s,
           %(counter)s, %(reference)s, %(reason)s, %(actor)s, %(at)s
    FROM wallet
    ON CONFLICT (reference) DO NOTHING
    RETURNING wallet_id, seq, balance_after
)
UPDATE wallets_wallet SET balance = entry.balance_after, version = entry.seq, deposited = deposited + %(deposited)s
FROM entry WHERE account_id = entry.wallet_id
RETURNING balance, version, deposited, low_balance_threshold
"""


class InsufficientBalance(Exception):
    """The wallet holds less than what is to be taken from it."""


class ReferenceUsed(Exception):
    """The reference has already moved money, but another amount or for someone else."""


class NoWallet(Exception):
    """The account has no wallet."""


class InvalidAmount(ValueError):
    """The amount is zero, has the wrong sign, has more than eight decimals, or is more than a wallet can hold."""


class InvalidReference(ValueError):
    """The reference is empty, or longer than the books keep."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What moving money came to: the wallet afterwards, and whether it moved now or had been moved before."""

    balance: Decimal
    version: int
    deposited: Decimal
    moved: bool


def open_wallet(*, account_id: int) -> Wallet:
    """Give the account its wallet, empty."""
    return Wallet.objects.create(account_id=account_id)


def deposit(*, account_id: int, amount: Decimal, reference: str, actor: str = "", reason: str = "") -> Posting:
    """Put a customer's money into the wallet. `accounts.operations.deposit` is what callers want: it moves the tier.

    :raises InvalidAmount: unless the amount is positive.
    :raises InvalidReference: where the reference is empty or too long.
    :raises ReferenceUsed: where the reference moved something else before.
    """
    return _post(account_id, positive(amount), Counter.DEPOSITS, reference, reason, actor)


def charge(
    *,
    account_id: int,
    amount: Decimal,
    reference: str,
    actor: str = "",
    reason: str = "",
    lent: Decimal = ZERO,
) -> Posting:
    """Take the price of something out of the wallet, in the caller's transaction and best as its last statement.

    :param lent: what of the balance the caller has put there in this transaction for this very charge: `balance.low`
        is told of what the account had without it.
    :raises InsufficientBalance: where the wallet holds less. Nothing has moved.
    :raises ReferenceUsed: where the reference moved something else before.
    """
    return _post(account_id, -positive(amount), Counter.SALES, reference, reason, actor, lent=lent)


def refund(*, account_id: int, amount: Decimal, reference: str, actor: str = "", reason: str = "") -> Posting:
    """Give back money that `charge` took.

    :raises ReferenceUsed: where the reference moved something else before.
    """
    return _post(account_id, positive(amount), Counter.SALES, reference, reason, actor)


def adjust(*, account_id: int, amount: Decimal, reference: str, actor: str, reason: str) -> Posting:
    """Correct the wallet by the operator's word, up or down; who and why are required.

    :raises InvalidAmount: where the amount is zero, or the actor or the reason is missing.
    :raises InsufficientBalance: where it would take more than the wallet holds.
    """
    if not actor.strip() or not reason.strip():
        raise InvalidAmount("an adjustment needs who makes it and why")
    return _post(account_id, _exact(amount), Counter.ADJUSTMENTS, reference, reason, actor)


def set_low_balance(*, account_id: int, threshold: Decimal, actor: str = "", reason: str = "") -> None:
    """Have `balance.low` told when a debit takes the balance from at or above this many USD to below it; 0: never.

    A balance that is below a new threshold already is told of once it has been above it.

    :raises InvalidAmount: where the threshold is negative, has more than eight decimals, or no wallet can hold it.
    :raises NoWallet: where there is no such account.
    """
    if threshold != ZERO and not _exact(threshold) > ZERO:
        raise InvalidAmount(f"{_plain(threshold)} is below zero; 0 means never")
    with transaction.atomic():
        if not Wallet.objects.filter(account_id=account_id).update(low_balance_threshold=threshold):
            raise NoWallet(f"account {account_id} has no wallet")
        events.operations.record(
            kind="wallet.low_balance_set",
            subject="account",
            subject_id=account_id,
            account_id=account_id,
            data={"threshold": wire(threshold)},
            actor=actor,
            reason=reason,
        )


def positive(amount: Decimal) -> Decimal:
    """Return the amount.

    :raises InvalidAmount: unless it is above zero, with at most eight decimals.
    """
    if not _exact(amount) > ZERO:
        raise InvalidAmount(f"{_plain(amount)} is not an amount above zero")
    return amount


def _exact(amount: Decimal) -> Decimal:
    # PostgreSQL would round a ninth decimal away without a word.
    if not amount.is_finite() or amount == ZERO or abs(amount) >= LIMIT or amount != amount.quantize(PLACES):
        raise InvalidAmount(
            f"{_plain(amount)} is not an amount other than zero, below {LIMIT:,}, with at most eight decimals"
        )
    return amount


def _plain(amount: Decimal) -> str:
    return f"{amount:f}" if abs(amount.adjusted()) < 20 else str(amount)  # not 400 zeros for 1E400


def _post(
    account: int, amount: Decimal, counter: Counter, reference: str, reason: str, actor: str, lent: Decimal = ZERO
) -> Posting:
    if not reference.strip() or len(reference) > LONGEST_REFERENCE:
        raise InvalidReference(f"a reference has 1 to {LONGEST_REFERENCE} characters, not {len(reference)}")
    entry = {
        "account": account,
        "amount": amount,
        "deposited": amount if counter == Counter.DEPOSITS else ZERO,
        "counter": counter.value,
        "reference": reference,
        "reason": reason[:LONGEST_REASON],
        "actor": actor,
        "at": clock.now(),
    }
    with transaction.atomic(savepoint=False):
        row = _moved(entry)
        if row is None:
            return _posted_before(account, amount, counter, reference)
        balance, version, deposited, threshold = row
        records.write_after_commit(balance_record(account, balance, version))
        if balance < threshold <= balance - amount - lent:
            _tell_low(account, balance, threshold)
    return Posting(balance, version, deposited, moved=True)


def _moved(entry: dict[str, Any]) -> tuple[Any, ...] | None:
    try:
        return change_if(POST, entry)
    except DataError as error:
        if isinstance(error.__cause__, psycopg.errors.NumericValueOutOfRange):
            raise InvalidAmount(f"with {wire(entry['amount'])} USD more the wallet would reach {LIMIT:,}") from error
        raise


def _tell_low(account: int, balance: Decimal, threshold: Decimal) -> None:
    # The debit itself has seen both balances under the wallet's lock, so that each crossing is seen by one of them.
    events.operations.record(
        kind="balance.low",
        subject="account",
        subject_id=account,
        account_id=account,
        data={"balance": wire(balance), "threshold": wire(threshold), "currency": CURRENCY},
        announce=True,
    )


def _posted_before(account: int, amount: Decimal, counter: Counter, reference: str) -> Posting:
    entry = Entry.objects.filter(reference=reference).first()
    wallet = Wallet.objects.filter(account_id=account).first()
    if wallet is None:
        raise NoWallet(f"account {account} has no wallet")
    if entry is None:
        raise InsufficientBalance(f"the wallet holds {wire(wallet.balance)} USD")
    if (entry.wallet_id, entry.amount, entry.counter) != (account, amount, counter):
        raise ReferenceUsed(f"the reference {reference!r} was already used for {wire(entry.amount)} USD")
    return Posting(wallet.balance, wallet.version, wallet.deposited, moved=False)
