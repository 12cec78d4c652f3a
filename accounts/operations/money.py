"""Money coming in: the wallet is filled and the tier follows, in one transaction."""

from decimal import Decimal

from django.db import transaction

import events.operations
import wallets.operations
from accounts.operations.tiers import move_up
from kit.money import wire

REFERENCE_PREFIX = "deposit:"  # of the entry's reference: the payment's own stands behind it


def deposit(
    *, account_id: int, amount: Decimal, reference: str, actor: str = "", reason: str = ""
) -> wallets.operations.Posting:
    """Put a customer's money into the wallet, once per reference, and move the tier up where it reaches one.

    :raises InvalidAmount: unless the amount is positive with at most eight decimals.
    :raises InvalidReference: where the reference is empty or too long.
    :raises ReferenceUsed: where the reference stands for another deposit.
    :raises NoWallet: where there is no such account.
    """
    if not reference.strip():
        raise wallets.operations.InvalidReference("a deposit needs a reference: what names the payment")
    with transaction.atomic():
        posting = wallets.operations.deposit(
            account_id=account_id, amount=amount, reference=f"{REFERENCE_PREFIX}{reference}", actor=actor, reason=reason
        )
        if posting.moved:
            events.operations.record(
                kind="wallet.deposited",
                subject="account",
                subject_id=account_id,
                account_id=account_id,
                data={"amount": wire(amount), "balance": wire(posting.balance), "reference": reference},
                actor=actor,
                reason=reason,
            )
            move_up(account_id=account_id, deposited=posting.deposited, actor=actor)
    return posting
