"""Reading webhooks."""

from django.db import connection

from events.models import Event
from kit import clock

# Those that are there, enabled, whose key still opens something, and that want to hear of this.
LISTENING = """
SELECT e.id, k.dialect FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
WHERE e.account_id = %(account)s AND e.removed_at IS NULL AND e.disabled_at IS NULL
  AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
  AND (e.events = '{}' OR %(kind)s = ANY(e.events))
"""


def listening(event: Event) -> list[tuple[int, str]]:
    """Return id and dialect of each endpoint that hears of this event now."""
    with connection.cursor() as cursor:
        cursor.execute(LISTENING, {"account": event.account_id, "kind": event.kind, "now": clock.now()})
        return [(endpoint_id, dialect) for endpoint_id, dialect in cursor.fetchall()]
