"""Sending a test: a fact that is about nothing, told to one endpoint alone."""

from django.db import transaction

import events.operations
from events.models import Event
from webhooks import dialects
from webhooks.facts import facts_of
from webhooks.kinds import TEST
from webhooks.models import Endpoint
from webhooks.operations.fanning_out import queue
from webhooks.queries import EndpointNotFound

MESSAGE = "This is a test. Nothing happened to your orders or your balance."


def send_test(*, endpoint_id: int, actor: str = "") -> Event:
    """Put a test into the endpoint's outbox, whatever it subscribed to, also where it is disabled; return its event.

    :raises EndpointNotFound: where there is no such endpoint, or it has been removed.
    """
    live = Endpoint.objects.select_related("api_key").filter(pk=endpoint_id, removed_at__isnull=True)
    endpoint = live.first()
    if endpoint is None:
        raise EndpointNotFound
    with transaction.atomic():
        event = events.operations.record(
            kind=TEST,
            subject="webhook",
            subject_id=endpoint.pk,
            account_id=endpoint.account_id,
            data={"message": MESSAGE},
            actor=actor,
            announce=True,
        )
        queue(event, {endpoint.pk: dialects.body(event, facts_of(event), endpoint.api_key.dialect)})
    return event
