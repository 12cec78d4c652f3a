"""The usual way to send webhooks, to compare with: a Celery task for each delivery, which posts it with `requests`."""

import functools

import requests

from notpanel.celery import app

TIMEOUT = 15  # seconds
# Celery closes the database connection after each task unless it is told so: in this way's favour, as is the session.
app.conf.update(CELERY_DB_REUSE_MAX=1_000_000)


@functools.cache
def session() -> requests.Session:
    """Return this process's session, whose connections are kept."""
    return requests.Session()


@app.task(name="bench.post_one")
def post_one(delivery_id: int) -> None:
    """Send one delivery and record what came of it."""
    from kit import clock, encryption, ids
    from webhooks import signing
    from webhooks.models import Attempt, Delivery

    delivery = Delivery.objects.select_related("endpoint", "event").get(pk=delivery_id)
    assert delivery.event.public_id
    body, began = delivery.body.encode(), clock.now()
    key = signing.signing_key(encryption.decrypt(delivery.endpoint.secret_encrypted))
    event_id = ids.shown("evt", delivery.event.public_id)
    headers = signing.headers(event_id, int(began.timestamp()), body, [key])
    headers["content-type"] = "application/json"
    answer = session().post(delivery.endpoint.url, body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    now = clock.now()
    took = int((now - began).total_seconds() * 1000)
    Attempt.objects.create(delivery=delivery, at=began, ms=took, status=answer.status_code, excerpt=answer.text[:4096])
    delivery.state, delivery.tries, delivery.ended_at, delivery.said = "delivered", 1, now, str(answer.status_code)
    delivery.save(update_fields=["state", "tries", "ended_at", "said"])
