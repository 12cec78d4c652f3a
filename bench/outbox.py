"""An outbox to measure with: accounts, endpoints at the sinks, and events that are due there."""

from collections.abc import Sequence

BODY = (
    '{"type":"order.completed","timestamp":"2026-11-22T12:00:00.000000Z","data":{"order":"ord_01HG9X7KJP4NZ3W5T8Q6R2M1BC",'
    '"service":17,"request_id":"basket-4711","status":"Completed","charge":"0.36","start_count":"3572","remains":"0",'
    '"currency":"USD"}}'
)
KEYS, PER_KEY = 10, 5  # of an account, endpoints of a key


def make_endpoints(urls: Sequence[str]) -> list[int]:
    """Register the addresses, as their owners do; return their ids."""
    from accounts.models import Tier

    Tier.objects.get_or_create(name="Standard", defaults={"deposits_from": 0, "requests_per_minute": 200})
    size = KEYS * PER_KEY
    return [made for start in range(0, len(urls), size) for made in _of_one_account(urls[start : start + size])]


def _of_one_account(urls: Sequence[str]) -> list[int]:
    import accounts.operations
    from kit import ids
    from webhooks.operations import endpoints

    account = accounts.operations.create_reseller(email=f"{ids.new_id()}@example.com", password=None)
    keys = [
        accounts.operations.issue_key(account_id=account.pk, name=f"key {number}")[0]
        for number in range(-(-len(urls) // PER_KEY))
    ]
    return [endpoints.add(api_key_id=keys[number // PER_KEY].pk, url=url)[0].pk for number, url in enumerate(urls)]


def fill(endpoints: Sequence[int], count: int) -> None:
    """Have so many events due, spread evenly over the endpoints."""
    from django.db import connection

    from kit import clock

    with connection.cursor() as cursor:
        cursor.execute(FILL, {"count": count, "endpoints": list(endpoints), "body": BODY, "now": clock.now()})
        cursor.execute("ANALYZE webhooks_delivery")


def empty() -> None:
    """Forget every delivery, and what came of it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE webhooks_attempt, webhooks_delivery")
        cursor.execute(
            "UPDATE webhooks_endpoint SET failures = 0, failing_since = NULL, resting_until = NULL WHERE failures > 0"
        )


def remove_endpoints() -> None:
    """Have nobody listen any more."""
    from kit import clock
    from webhooks.models import Endpoint

    Endpoint.objects.filter(removed_at__isnull=True).update(removed_at=clock.now())


def tell(endpoint_id: int) -> tuple[str, float]:
    """Write an event for one endpoint, as the panel does; return its webhook-id and when it was written."""
    from kit import ids
    from webhooks.operations.testing import send_test

    event = send_test(endpoint_id=endpoint_id)
    assert event.public_id
    return ids.shown("evt", event.public_id), event.at.timestamp()


def waiting() -> int:
    """Return how many deliveries have not come to an end."""
    from webhooks.models import Delivery

    return Delivery.objects.filter(state="due").count()


FILL = """
WITH event AS (
    INSERT INTO events_event (public_id, kind, account_id, subject, subject_id, data, actor, reason, at)
    SELECT gen_random_uuid(), 'order.completed', 1, 'order', number, '{}', '', '', %(now)s
    FROM generate_series(1, %(count)s) number RETURNING id, subject_id
)
INSERT INTO webhooks_delivery (event_id, endpoint_id, body, state, tries, due_at, said, made_at)
SELECT id, (%(endpoints)s::bigint[])[1 + subject_id %% cardinality(%(endpoints)s::bigint[])], %(body)s, 'due', 0,
    %(now)s, '', %(now)s
FROM event
"""
