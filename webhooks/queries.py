"""Reading webhooks."""

from django.db import connection
from django.db.models import Case, Q, When

from events.models import Event
from kit import clock, ids
from webhooks.models import Endpoint


class EndpointNotFound(Exception):
    """There is no such endpoint, or it has been removed."""


# Of an endpoint `e` and its key `k`: whether it is there and its key still opens something, and is enabled as well.
IS_THERE = "(e.removed_at IS NULL AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s))"
IS_OPEN = f"({IS_THERE} AND e.disabled_at IS NULL)"
LISTENING = f"""
SELECT e.id, k.dialect FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
WHERE e.account_id = %(account)s AND {IS_OPEN} AND (e.events = '{{}}' OR %(kind)s = ANY(e.events))
"""  # noqa: S608 -- all are constants


def listening(event: Event) -> list[tuple[int, str]]:
    """Return id and dialect of each endpoint that hears of this event now."""
    with connection.cursor() as cursor:
        cursor.execute(LISTENING, {"account": event.account_id, "kind": event.kind, "now": clock.now()})
        return [(endpoint_id, dialect) for endpoint_id, dialect in cursor.fetchall()]


def endpoints_of_key(api_key_id: int) -> list[Endpoint]:
    """Return the key's endpoints that have not been removed, oldest first."""
    return list(Endpoint.objects.filter(api_key_id=api_key_id, removed_at__isnull=True).order_by("id"))


MOST_LISTED = 100  # 50 at ten keys of five, and of the revoked ones' the latest


def endpoints_of_account(account_id: int) -> list[Endpoint]:
    """Return the endpoints that all of the account's keys have, those of revoked keys last, each with its key."""
    # By the keys, of which each has an index of its endpoints.
    found = Endpoint.objects.filter(api_key__account_id=account_id, removed_at__isnull=True)
    revoked = Q(api_key__revoked_at__isnull=False)
    return list(found.select_related("api_key").order_by(Case(When(revoked, then=1), default=0), "-id")[:MOST_LISTED])


def endpoint_of_account(account_id: int, shown_id: str) -> Endpoint:
    """Return the account's endpoint of this id (`whk_…`), removed or not, with its key.

    :raises EndpointNotFound: where the account has none of this id, whoever else has.
    """
    public_id = ids.parsed("whk", shown_id)
    owned = Endpoint.objects.filter(account_id=account_id).select_related("api_key")
    found = public_id and owned.filter(public_id=public_id).first()
    if not found:
        raise EndpointNotFound
    return found


def endpoint_of_key(api_key_id: int, shown_id: str) -> Endpoint:
    """Return the key's endpoint of this id (`whk_…`), removed or not.

    :raises EndpointNotFound: where the key has none of this id, whoever else has.
    """
    public_id = ids.parsed("whk", shown_id)
    found = public_id and Endpoint.objects.filter(api_key_id=api_key_id, public_id=public_id).first()
    if not found:
        raise EndpointNotFound
    return found
