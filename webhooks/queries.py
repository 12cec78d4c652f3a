"""Reading webhooks."""

from django.db import connection

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


def endpoint_of_key(api_key_id: int, shown_id: str) -> Endpoint:
    """Return the key's endpoint of this id (`whk_…`), removed or not.

    :raises EndpointNotFound: where the key has none of this id, whoever else has.
    """
    public_id = ids.parsed("whk", shown_id)
    found = public_id and Endpoint.objects.filter(api_key_id=api_key_id, public_id=public_id).first()
    if not found:
        raise EndpointNotFound
    return found
