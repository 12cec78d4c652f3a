"""The three-way rule: a provider's word is taken over only where ours is still what was made of its last word."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.models import PricingMode, Service, ServiceType, Source
from kit.money import LIMIT, ZERO, rounded
from providers.offers import RemoteService

LONGEST_CATEGORY = 200
NUMBERS = ("rate", "cost")
FOLLOWED = ("category_id", "name", "description", "min", "max", "refill", "cancel", "dripfeed", "average_time")
IN_RUNS = (ServiceType.DEFAULT, ServiceType.WEB_TRAFFIC)  # the types that take runs and interval (protocol.md)


class CannotSell(Exception):
    """This row of the list cannot be sold here; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider says of one service, in its currency, and what one unit of that is worth in USD."""

    offered: RemoteService
    category_id: int
    currency: str
    usd: Decimal

    @property
    def cost(self) -> Decimal:
        """Return the provider's rate, in its currency, at our eight decimals."""
        return rounded(self.offered.rate)

    @property
    def cost_usd(self) -> Decimal:
        """Return the provider's rate in USD."""
        return rounded(self.offered.rate * self.usd)

    def made(self) -> dict[str, Any]:
        """Return the fields of a service that are made of it."""
        offered = self.offered
        return {
            "category_id": self.category_id,
            "name": offered.name,
            "description": offered.description,
            "min": offered.min,
            "max": offered.max,
            "refill": offered.refill,
            "cancel": offered.cancel,
            "dripfeed": offered.dripfeed and offered.type in IN_RUNS,
            "average_time": offered.average_time,
        }

    def seen(self, *, of_service: bool, markup: Decimal | None) -> dict[str, Any]:
        """Return what `Source.seen` keeps: the word (`said`), what was made of it (`made`), and the import's markup.

        `made.rate` is the cost in USD: what a service sells for that has no price rule at all.
        """
        made = {"cost": self.cost, "currency": self.currency}
        said = {
            "name": self.offered.name,
            "type": self.offered.type,
            "category": category_name(self.offered),
            "rate": f"{self.offered.rate:f}",
            "currency": self.currency,
            "usd": f"{self.usd.normalize():f}",
            "dripfeed": self.offered.dripfeed,
        }
        if of_service:
            made |= {**self.made(), "rate": self.cost_usd}
        kept = {field: f"{value:f}" if field in NUMBERS else value for field, value in made.items()}
        return {"said": said, "made": kept, "markup": None if markup is None else f"{markup:f}"}


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of one word: which fields of the service changed, and which the operator's edit kept."""

    changed: tuple[str, ...]
    kept: tuple[str, ...]


def sellable(offered: RemoteService) -> None:
    """Check that the row can be sold here.

    :raises CannotSell: where it cannot.
    """
    if rounded(offered.rate) == ZERO:
        raise CannotSell("its rate is 0: add it by hand if it is to be sold")
    if offered.rate >= LIMIT:
        raise CannotSell(f"its rate {offered.rate} is no price")


def category_name(offered: RemoteService) -> str:
    """Return the provider's heading as ours can be named."""
    return offered.category[:LONGEST_CATEGORY].strip()


def merge(source: Source, word: Word, markup: Decimal | None) -> Merged:
    """Bring the source, and its service where it was made of this source, to the provider's word; save nothing.

    :param markup: percent on the cost from now on, unless the operator prices the service himself; None: as before.
    :raises CannotSell: where the provider's id now stands for another type than it did.
    """
    service, last = source.service, last_word(source)
    _check_type(source, word)
    refused = source.seen.get("refused", {})
    changed, kept = _apply(service, word.made(), last, refused)
    if "name" in last:
        changed += ["rate"] if take_rate(service, word.cost_usd, last.get("rate")) else []
        changed += _take_markup(source, markup)
        kept += [] if _priced_as_imported(source) else ["rate"]
    if own_cost(source):
        kept += [] if source.cost == word.cost else ["cost"]
    else:
        source.cost, source.currency = word.cost, word.currency
    seen = word.seen(of_service="name" in last, markup=imported_markup(source))
    source.seen = seen | ({"refused": _still_kept(refused, kept)} if _still_kept(refused, kept) else {})
    return Merged(tuple(changed), tuple(kept))


def last_word(source: Source) -> dict[str, Any]:
    """Return the fields that were made of the provider's last word; empty where there was none."""
    made = source.seen.get("made", {})
    return {field: Decimal(value) if field in NUMBERS else value for field, value in made.items()}


def own_cost(source: Source) -> bool:
    """Return whether the operator has set the source's cost himself.

    A source without a last word was attached by hand: its cost is then only what somebody had to type.
    """
    last = last_word(source)
    return "cost" in last and (source.cost != last["cost"] or source.currency != last.get("currency", source.currency))


def imported_markup(source: Source) -> Decimal | None:
    """Return the markup in percent that the service was imported with, or None where it had none."""
    markup = source.seen.get("markup")
    return None if markup is None else Decimal(markup)


def agree(least: int, most: int, follows: list[str]) -> list[str]:
    """Return what can follow the provider, given the min and max that would come of it.

    The operator's max beside the provider's new min, or the other way round, cannot both be kept: then neither moves.
    """
    return follows if least <= most else [field for field in follows if field not in ("min", "max")]


def take_rate(service: Service, rate: Decimal, last: Decimal | None) -> bool:
    """Have a rate that no rule makes, and that nobody has changed, follow the cost in USD; return whether it moved."""
    follows = service.pricing_mode == "" and service.rate == last and service.rate != rate
    if follows:
        service.rate = rate
    return follows


def _apply(
    service: Service, made: dict[str, Any], last: dict[str, Any], refused: dict[str, Any]
) -> tuple[list[str], list[str]]:
    differing = [field for field in FOLLOWED if field in last and getattr(service, field) != made[field]]
    follows = [
        field
        for field in differing
        if getattr(service, field) == last[field] and (field not in refused or refused[field] != made[field])
    ]
    wanted = {field: made[field] if field in follows else getattr(service, field) for field in ("min", "max")}
    follows = agree(wanted["min"], wanted["max"], follows)
    for field in follows:
        setattr(service, field, made[field])
    return follows, [field for field in differing if field not in follows]


def _still_kept(refused: dict[str, Any], kept: list[str]) -> dict[str, Any]:
    return {field: value for field, value in refused.items() if field in kept}


def _take_markup(source: Source, markup: Decimal | None) -> list[str]:
    """Give the service another markup where its price is still the import's."""
    service = source.service
    if markup is None or markup == imported_markup(source) or not _priced_as_imported(source):
        return []
    source.seen["markup"] = f"{markup:f}"
    service.pricing_mode, service.pricing_value = PricingMode.MARKUP, markup
    return ["markup"]


def _priced_as_imported(source: Source) -> bool:
    service, markup = source.service, imported_markup(source)
    if markup is None:
        return service.pricing_mode == ""
    return service.pricing_mode == PricingMode.MARKUP and service.pricing_value == markup


def _check_type(source: Source, word: Word) -> None:
    said, now, ours = source.seen.get("said", {}).get("type"), word.offered.type, source.service.type
    if now not in (said, ours):
        raise CannotSell(
            f"it was a {said or ours} and is a {now} at the provider now: "
            f"change the type of our service {source.service_id} if it is still the same thing"
        )
