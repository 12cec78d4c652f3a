"""Reading accounts."""

from collections.abc import Iterator

from django.db import connection

from accounts.models import ApiKey, User
from kit.money import wire


def key_by_digest(digest: bytes) -> ApiKey | None:
    """Return the key with its account and tier in one statement, whatever its state; None where none was issued."""
    return ApiKey.objects.select_related("account__tier").filter(digest=digest).first()


def account_by_email(email: str) -> User | None:
    """Return the account with this address, in whatever case it is written."""
    return User.objects.filter(email=email.strip().lower()).first()


# Every deposit's entry against the event that was written with it, both ways.
DEPOSITS = """
SELECT coalesce(e.wallet_id, v.account_id), coalesce(e.reference, v.reference), e.amount, v.amount
FROM (SELECT wallet_id, reference, amount FROM wallets_entry WHERE counter = 'deposits') e
FULL JOIN (
    SELECT account_id, 'deposit:' || (data ->> 'reference') AS reference, (data ->> 'amount')::numeric AS amount
    FROM events_event WHERE kind = 'wallet.deposited'
) v ON v.account_id = e.wallet_id AND v.reference = e.reference
WHERE e.amount IS DISTINCT FROM v.amount
ORDER BY 1, 2
"""


def stray_deposits() -> Iterator[str]:
    """Yield, in words, every deposit of which entry and event do not say the same. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(DEPOSITS)
        for account, reference, entered, told in cursor.fetchall():
            has, says = (wire(amount) if amount is not None else "nothing" for amount in (entered, told))
            yield f"{reference} of account {account}: the wallet was given {has}, its event says {says}"
