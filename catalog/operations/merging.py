"""The three-way rule: a provider's word is taken over only where ours is still what was made of its last word."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.models import Service, Source
from catalog.pricing import marked_up
from kit.money import LIMIT, ZERO, rounded
from providers.offers import RemoteService

LONGEST_CATEGORY = 200
NUMBERS = ("rate", "cost")
FOLLOWED = ("category_id", "name", "description", "rate", "min", "max", "refill", "cancel", "dripfeed", "average_time")


class CannotSell(Exception):
    """This row of the list cannot be sold here; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says of one service, with the markup in percent that makes our rate of its cost."""

    offered: RemoteService
    category_id: int
    markup: Decimal

    @property
    def cost(self) -> Decimal:
        """Return the provider's rate, at our eight decimals."""
        return rounded(self.offered.rate)

    def made(self) -> dict[str, Any]:
        """Return the fields of a service that are made of it."""
        offered = self.offered
        return {
            "category_id": self.category_id,
            "name": offered.name,
            "description": offered.description,
            "rate": marked_up(self.cost, self.markup),
            "min": offered.min,
            "max": offered.max,
            "refill": offered.refill,
            "cancel": offered.cancel,
            # Nobody can be sold a drip-feed before orders can be delivered in runs: that comes with its own issue.
            "dripfeed": False,
            "average_time": offered.average_time,
        }

    def seen(self, *, of_service: bool) -> dict[str, Any]:
        """Return what `Source.seen` keeps: the word (`said`), what was made of it (`made`), and the markup."""
        made = {"cost": self.cost, **(self.made() if of_service else {})}
        said = {
            "name": self.offered.name,
            "type": self.offered.type,
            "category": category_name(self.offered),
            "rate": f"{self.offered.rate:f}",
            "dripfeed": self.offered.dripfeed,
        }
        kept = {field: f"{value:f}" if field in NUMBERS else value for field, value in made.items()}
        return {"said": said, "made": kept, "markup": f"{self.markup:f}"}


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of one word: which fields of the service changed, and which the operator's edit kept."""

    changed: tuple[str, ...]
    kept: tuple[str, ...]


def sellable(offered: RemoteService, types: list[str]) -> None:
    """Check that the row can be sold here.

    :raises CannotSell: where it cannot.
    """
    if offered.type not in types:
        raise CannotSell(f"its type {offered.type} cannot be ordered here yet")
    if rounded(offered.rate) == ZERO:
        raise CannotSell("its rate is 0: add it by hand if it is to be sold")
    if offered.rate >= LIMIT:
        raise CannotSell(f"its rate {offered.rate} is no price")


def category_name(offered: RemoteService) -> str:
    """Return the provider's heading as ours can be named."""
    return offered.category[:LONGEST_CATEGORY].strip()


def merge(source: Source, word: Word) -> Merged:
    """Bring the source, and its service where it was made of this source, to the provider's word; save nothing.

    :raises CannotSell: where the provider's id now stands for another type than it did.
    """
    service, last = source.service, _last(source)
    _check_type(source, word)
    changed, kept = _apply(service, word.made(), last)
    # A source without a last word was attached by hand: its cost is taken, its service is the operator's.
    if "cost" not in last or source.cost == last["cost"]:
        source.cost = word.cost
    elif source.cost != word.cost:
        kept.append("cost")
    source.seen = word.seen(of_service="name" in last)
    return Merged(tuple(changed), tuple(kept))


def _apply(service: Service, made: dict[str, Any], last: dict[str, Any]) -> tuple[list[str], list[str]]:
    differing = [field for field in FOLLOWED if field in last and getattr(service, field) != made[field]]
    follows = [field for field in differing if getattr(service, field) == last[field]]
    wanted = {field: made[field] if field in follows else getattr(service, field) for field in ("min", "max")}
    if wanted["min"] > wanted["max"]:
        # The operator's max beside the provider's new min, or the other way round, cannot both be kept.
        follows = [field for field in follows if field not in wanted]
    for field in follows:
        setattr(service, field, made[field])
    return follows, [field for field in differing if field not in follows]


def _check_type(source: Source, word: Word) -> None:
    said, now, ours = source.seen.get("said", {}).get("type"), word.offered.type, source.service.type
    if now not in (said, ours):
        raise CannotSell(
            f"it was a {said or ours} and is a {now} at the provider now: "
            f"change the type of our service {source.service_id} if it is still the same thing"
        )


def _last(source: Source) -> dict[str, Any]:
    """Return the fields that were made of the provider's last word; empty where there was none."""
    made = source.seen.get("made", {})
    return {field: Decimal(value) if field in NUMBERS else value for field, value in made.items()}
