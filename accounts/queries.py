"""Reading accounts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import ApiKey, Mail, Tier, User
from events.queries import history
from kit import clock
from kit.money import wire


def tier_after(tier: Tier, deposited: Decimal) -> Tier | None:
    """Return the tier that deposits lead to from this one with so many USD deposited; None where it is the last."""
    return Tier.objects.filter(deposits_from__gt=max(tier.deposits_from, deposited)).order_by("deposits_from").first()


def key_by_digest(digest: bytes) -> ApiKey | None:
    """Return the key with its account and tier in one statement, whatever its state; None where none was issued."""
    return ApiKey.objects.select_related("account__tier").filter(digest=digest).first()


def account_by_email(email: str) -> User | None:
    """Return the account with this address, in whatever case it is written."""
    return User.objects.filter(email=email.strip().lower()).first()


def tiers() -> QuerySet[Tier]:
    """Return every tier, as the model orders them."""
    return Tier.objects.all()


def tier_of(account_id: int) -> Tier:
    """Return the account's tier.

    :raises Tier.DoesNotExist: where there is no such account.
    """
    return Tier.objects.get(users=account_id)


def addresses_of(account_id: int) -> set[str]:
    """Return the account's e-mail address, and those it has had before: by them the history says who did something."""
    changes = history("account", account_id).filter(kind="account.email_changed")
    return {
        User.objects.values_list("email", flat=True).get(pk=account_id),
        *changes.values_list("data__before", flat=True),
    }


def keys_of(account_id: int) -> QuerySet[ApiKey]:
    """Return the account's keys: those that are active, as they were made, then the revoked ones, the latest first."""
    return ApiKey.objects.filter(account_id=account_id).order_by(F("revoked_at").desc(nulls_first=True), "id")


def key_of(account_id: int, key_id: int) -> ApiKey:
    """Return the account's key, active or revoked.

    :raises ApiKey.DoesNotExist: where it has none of this id, whoever else may.
    """
    return ApiKey.objects.get(account_id=account_id, pk=key_id)


def live_keys(account_id: int) -> QuerySet[ApiKey]:
    """Return the account's keys that open something, as they were made."""
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    return ApiKey.objects.filter(lasting, account_id=account_id, revoked_at__isnull=True).order_by("id")


def was_made(account_id: int, asked: UUID) -> bool:
    """Return whether the form that is known by this has made a key of the account."""
    return ApiKey.objects.filter(account_id=account_id, asked=asked).exists()


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """How many requests with a key were admitted, as of a minute ago."""

    today: int
    lately: int
    last_used_at: datetime | None


def use_of_keys(account_id: int, days: int = 30) -> dict[int, KeyUsed]:
    """Return by its id what each of the account's keys was used, in one statement.

    :param days: what `lately` means, with today (UTC); use is kept for 90.
    """
    today = clock.now().date()
    lately = Q(use__day__gt=today - timedelta(days=days))
    rows = ApiKey.objects.filter(account_id=account_id).values_list(
        "id",
        Coalesce(Sum("use__requests", filter=Q(use__day=today)), 0),
        Coalesce(Sum("use__requests", filter=lately), 0),
        "last_used_at",
    )
    return {key: KeyUsed(*used) for key, *used in rows}


def mail_problem() -> tuple[int, str]:
    """Return how many mails to people failed and are tried again, and why the latest of them did."""
    failed = Mail.objects.filter(sent_at__isnull=True, given_up_at__isnull=True).exclude(problem="")
    latest = failed.order_by("-id").values_list("problem", flat=True).first()
    return failed.count(), latest or ""


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
