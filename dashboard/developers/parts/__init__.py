"""What the texts of the pages leave to the declarations: `{{ name }}`, or `{{ name what }}`, in texts/*.md."""

from collections.abc import Callable

from dashboard.developers.parts import actions, events, limits, refusals, shown_elsewhere
from dashboard.developers.reader import Reader

PARTS: dict[str, Callable[..., str]] = {
    "panel": lambda reader: reader.address,
    "url": lambda reader: reader.url,
    "actions": actions.listed,
    "action": actions.whole,
    "action-beside-others": actions.beside_others,
    "example": actions.first_example,
    "types": actions.types,
    "refusals": refusals.about,
    "layers": limits.layers,
    "tiers": limits.tiers,
    "headers": limits.headers,
    "limit-of-balance": limits.of_balance,
    "events": events.listed,
    "events-bodies": events.bodies,
    "schedule": events.schedule,
    "shown": shown_elsewhere.section,
}


def part(reader: Reader, call: str) -> str:
    """Return one part, by its name and what it is to be about: `part(reader, "action cancel")`.

    :raises KeyError: where there is no part of this name.
    """
    name, _, what = call.partition(" ")
    return PARTS[name](reader, what) if what else PARTS[name](reader)
