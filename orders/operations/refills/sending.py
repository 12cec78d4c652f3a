"""Asking providers for refills. Asking twice does no harm, so a lost answer is asked for again."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from kit import clock
from orders.operations.refills import claiming, moving
from orders.operations.refills.claiming import Batch, Claimed
from orders.operations.turns import together_or_singly
from orders.states import RefillPartState, RefillStatus
from providers.following import NoNews
from providers.queries import client_for
from providers.refilling import RefillOutcome, RefillPending, RefillRefused, RefillStarted

logger = logging.getLogger(__name__)
FIRST_WAIT = 30  # seconds


def waiting() -> bool:
    """Return whether any provider is due to be asked for a refill."""
    return claiming.due(RefillPartState.QUEUED).exists()


def claim(busy: list[int]) -> Batch | None:
    """Claim what one provider is to be asked to refill; None where there is none.

    :param busy: ids of the providers that are being asked at this moment.
    """
    return claiming.claim(RefillPartState.QUEUED, busy, FIRST_WAIT)


def ask(batch: Batch) -> dict[str, RefillOutcome | NoNews]:
    """Return what the provider says, by its order ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    :raises CannotDecrypt: where our key there cannot be read.
    """
    client = client_for(batch.provider)

    def together(ids: Sequence[str]) -> dict[str, RefillOutcome | NoNews]:
        return client.refills(ids)

    return together_or_singly(together, [each.provider_order_id for each in batch.parts])


def record(batch: Batch, answers: dict[str, RefillOutcome | NoNews]) -> None:
    """Commit what the provider says of each, each in a transaction of its own."""
    for part in batch.parts:
        answer = answers.get(part.provider_order_id, NoNews("no answer"))
        if isinstance(answer, NoNews):
            logger.info("provider %s, refill of %s: %s", batch.provider_id, part.provider_order_id, answer.why)
        else:
            _keep(part, answer)


@transaction.atomic
def _keep(part: Claimed, answer: RefillOutcome) -> None:
    only = {"state": RefillPartState.QUEUED}
    fields: dict[str, Any]
    if isinstance(answer, RefillStarted):
        due_at = clock.now() + timedelta(seconds=settings.FOLLOW_INTERVAL)
        fields = {"provider_refill_id": answer.provider_refill_id, "reported": RefillStatus.PENDING}
        moved = moving.move(part.id, RefillPartState.SENT, only=only, tries=0, due_at=due_at, **fields)
    elif isinstance(answer, RefillPending):
        moved = moving.move(part.id, RefillPartState.STUCK, only=only, answer=answer.why)
    else:
        fields = {"reported": RefillStatus.REJECTED, "answer": answer.why}
        moved = moving.move(part.id, RefillPartState.DONE, only=only, **fields)
    if moved:
        moving.settle(part.refill_id, reason=answer.why if isinstance(answer, RefillRefused) else "")
