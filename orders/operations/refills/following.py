"""Following refills at their providers, in batches of 100, until they are completed or rejected."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from orders.models import RefillPart
from orders.operations.refills import claiming, moving
from orders.operations.refills.claiming import Batch, Claimed
from orders.operations.turns import together_or_singly
from orders.states import OPEN_REFILLS, RefillPartState, RefillStatus
from providers.following import NoNews
from providers.queries import client_for
from providers.refilling import RefillNews, RefillTold


def waiting() -> bool:
    """Return whether any refill is due to be asked about."""
    return claiming.due(RefillPartState.SENT).exists()


def claim(busy: list[int]) -> Batch | None:
    """Claim what one provider is to be asked about; None where there is none.

    :param busy: ids of the providers that are being asked at this moment.
    """
    return claiming.claim(RefillPartState.SENT, busy, settings.FOLLOW_INTERVAL)


def ask(batch: Batch) -> dict[str, RefillTold | NoNews]:
    """Return what the provider says, by its refill ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    :raises CannotDecrypt: where our key there cannot be read.
    """
    client = client_for(batch.provider)

    def together(ids: Sequence[str]) -> dict[str, RefillTold]:
        return client.refill_statuses(ids)

    return together_or_singly(together, list({each.provider_refill_id for each in batch.parts}))


def record(batch: Batch, answers: dict[str, RefillTold | NoNews]) -> None:
    """Commit what is new, each part in a transaction of its own. "Refill not found" is no news, and asked again."""
    for part in batch.parts:
        news = answers.get(part.provider_refill_id)
        if isinstance(news, RefillNews) and news.status != part.reported:
            learn(part, news)
    claiming.look_again(batch)


@transaction.atomic
def learn(part: Claimed, news: RefillNews) -> bool:
    """Take what the provider says of one part; return whether anything was new. It never goes back to pending."""
    if news.status in OPEN_REFILLS:
        sent = RefillPart.objects.filter(pk=part.id, state=RefillPartState.SENT, reported=part.reported)
        moved = news.status == RefillStatus.IN_PROGRESS and sent.update(reported=news.status) == 1
    else:
        only = {"state": RefillPartState.SENT}
        moved = moving.move(part.id, RefillPartState.DONE, only=only, reported=news.status, answer=news.said)
    if moved:
        moving.settle(part.refill_id)
    return moved
