"""Comparing one source with the provider's word of it: what differs, and what is taken over at once."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings

from catalog.models import ChangeState, OffBecause, Source, SyncChange
from catalog.operations.merging import Word, agree, imported_markup, last_word, own_cost, take_rate
from catalog.operations.syncing.policy import APPLIED, MISSING_LISTS, POLICY, SILENT, counts_again, price_state
from kit import clock
from kit.money import ZERO, rounded, wire

PLAIN = ("min", "max", "refill", "cancel", "dripfeed", "average_time", "name")
HIGHEST_PERCENT = Decimal(10) ** 9
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scale:
    """What prices are held against: the jump in percent that is held back, and what each currency is worth in USD."""

    jump: int
    worth: dict[str, Decimal]


@dataclass(slots=True)
class Compared:
    """What came of comparing one source; its own fields and its service's are changed in memory, and not saved."""

    source: Source
    changes: list[SyncChange] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    moved: bool = False  # the price that its provider takes
    changed: bool = False  # the source itself
    service_changed: bool = False
    off: OffBecause | None = None  # is to be switched off for this

    def note(self, name: str, old: Any, new: Any, state: ChangeState, percent: Decimal | None = None) -> None:
        """Note a difference, unless the operator has refused this very one."""
        refused = self.source.seen.get("refused", {})
        if name in refused and refused[name] == new:
            return
        source = self.source
        self.changes.append(
            SyncChange(
                provider_id=source.provider_id,
                source=source,
                remote_id=source.remote_id,
                name=source.service.name,
                field=name,
                old=old,
                new=new,
                percent=percent,
                state=state,
            )
        )

    def takes(self, name: str, new: Any) -> bool:
        """Return whether the difference is there and is applied at once."""
        return any(each.field == name and each.new == new and each.state == APPLIED for each in self.changes)


def compare(source: Source, word: Word, scale: Scale) -> Compared:
    """Return how the source differs from the provider's word, with what is applied at once done in memory."""
    found, before = Compared(source), _state(source)
    said = source.seen.get("said", {}).get("type", source.service.type)
    if word.offered.type not in (said, source.service.type):
        found.note("type", source.service.type, word.offered.type, POLICY["type"])
        # Once only: what the operator switches on again stays on.
        news = source.seen.get("other_type") != word.offered.type
        found.off = OffBecause.TYPE if source.active and news else None
        source.seen = {**_without(source.seen, "gone"), "other_type": word.offered.type}
    else:
        if source.off_because == OffBecause.GONE:
            found.note("back", None, None, POLICY["back"])
        if source.off_because in (OffBecause.GONE, OffBecause.TYPE):
            source.off_because = OffBecause.PRICE  # from here on its price decides
        last = last_word(source)
        held = {*(_fields(found, word, last) if "name" in last else ()), *_cost(found, word, last, scale)}
        source.seen = _heard(source, word, held)
    found.changed = _state(source) != before
    return found


def missing(source: Source) -> Compared:
    """Return what comes of a source that is not on a good list: gone for good from the third list on.

    Of the lists in one SYNC_INTERVAL, one counts.
    """
    found = Compared(source)
    if source.off_because == OffBecause.PRICE:
        source.off_because, found.changed = OffBecause.GONE, True  # whatever it costs, it is not there
    if not source.active:
        return found
    before, now = source.seen.get("missing", 0), clock.now()
    counts = counts_again(source.seen.get("missing_at"), now, settings.SYNC_INTERVAL)
    times = before + counts
    found.note("gone", None, None, APPLIED if times >= MISSING_LISTS else POLICY["gone"])
    found.off = OffBecause.GONE if found.takes("gone", None) else None
    if counts and before < MISSING_LISTS:
        found.changed = True
        source.seen = {**source.seen, "missing": times, "missing_at": now.isoformat()}
    return found


def price(cost: Decimal, currency: str) -> dict[str, str]:
    """Return a provider's price as a change keeps it."""
    return {"rate": wire(cost), "currency": currency}


def _state(source: Source) -> tuple[Any, ...]:
    return source.cost, source.currency, source.off_because, source.seen


def _fields(found: Compared, word: Word, last: dict[str, Any]) -> set[str]:
    """Apply the service's fields that follow the provider; return those that are held back."""
    service, made = found.source.service, word.made()
    differing = [name for name in PLAIN if made[name] != last.get(name) and made[name] != getattr(service, name)]
    follows = [name for name in differing if getattr(service, name) == last.get(name)]
    least, most = (made[name] if name in follows else getattr(service, name) for name in ("min", "max"))
    follows = agree(least, most, follows)
    found.kept += [name for name in differing if name not in follows]
    held = set()
    for name in follows:
        if name not in SILENT:
            found.note(name, getattr(service, name), made[name], POLICY[name])
        if name in SILENT or found.takes(name, made[name]):
            setattr(service, name, made[name])
            found.service_changed = True
        else:
            held.add(name)
    return held


def _cost(found: Compared, word: Word, last: dict[str, Any], scale: Scale) -> set[str]:
    """Apply the price where that is done at once; return what is held back."""
    source = found.source
    ours, theirs = (source.cost, source.currency), (word.cost, word.currency)
    said, usd = _said(source)
    # Where the operator's exchange rate moved, so did the price: in USD.
    found.moved = said != theirs or (usd is not None and usd != word.usd)
    if ours == theirs:
        # Its worth in USD may have moved: a rate that no rule makes is that worth.
        found.service_changed |= take_rate(source.service, word.cost_usd, last.get("rate"))
        return set()
    if own_cost(source):
        found.kept += ["cost"] if said != theirs else []
        return {"rate"}  # which was made of another word than this one
    percent = _percent(source, word, scale)
    new = price(*theirs)
    found.note("cost", price(*ours), new, _price_state(source, word, percent, scale), percent)
    if not found.takes("cost", new):
        return {"cost", "currency", "rate"}
    source.cost, source.currency = theirs
    found.service_changed |= take_rate(source.service, word.cost_usd, last.get("rate"))
    return set()


def _price_state(source: Source, word: Word, percent: Decimal | None, scale: Scale) -> ChangeState:
    """Return what becomes of a price that is not ours."""
    if "cost" in source.seen.get("made", {}):
        return price_state(percent, scale.jump)
    # Without a last word the source was attached by hand: its cost was only what somebody had to type. Not its
    # currency: many panels do not say theirs, which then counts as USD. And nothing is taken to cost nothing.
    sure = word.cost != ZERO and word.currency == source.currency
    return APPLIED if sure else POLICY["currency"]


def _said(source: Source) -> tuple[tuple[Decimal, str], Decimal | None]:
    """Return the price that the provider last said, and what its currency was worth; ours where it has said none."""
    said = source.seen.get("said", {})
    if "rate" not in said:
        return (source.cost, source.currency), None
    usd = Decimal(said["usd"]) if "usd" in said else None
    return (rounded(Decimal(said["rate"])), said.get("currency", source.currency)), usd


def _percent(source: Source, word: Word, scale: Scale) -> Decimal | None:
    """Return by how much the price moved, in USD; None where it came from nothing or goes to nothing."""
    ours = source.cost * scale.worth.get(source.currency, ZERO)
    theirs = word.cost * word.usd
    if ours == ZERO or theirs == ZERO:
        return None
    return min((theirs - ours) / ours * 100, HIGHEST_PERCENT).quantize(CENT, rounding=ROUND_HALF_UP)


def _heard(source: Source, word: Word, held: set[str]) -> dict[str, Any]:
    """Return what is kept of the word: of what is held back, the last one that was taken over."""
    seen, last = source.seen, source.seen.get("made", {})
    fresh = word.seen(of_service="name" in last, markup=imported_markup(source))
    # Headings and descriptions are brought by an import alone.
    fresh["made"] |= {name: last[name] for name in (*held, "category_id", "description") if name in last}
    for name in held - last.keys():
        fresh["made"].pop(name, None)
    fresh["said"] |= {"category": seen["said"]["category"]} if "category" in seen.get("said", {}) else {}
    now = {**word.made(), "cost": price(word.cost, word.currency)}
    refused = {name: value for name, value in seen.get("refused", {}).items() if name in now and now[name] == value}
    return fresh | ({"refused": refused} if refused else {})


def _without(seen: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return what was seen, without the count of lists it was missing on and without these refusals."""
    refused = {name: value for name, value in seen.get("refused", {}).items() if name not in names}
    kept = {name: value for name, value in seen.items() if name not in ("missing", "missing_at", "refused")}
    return kept | ({"refused": refused} if refused else {})
