"""What a provider sells: its list of services, row by row, with every row that makes no sense named."""

from collections.abc import KeysView
from dataclasses import dataclass
from decimal import Decimal

from providers import answers

# protocol.md's exact strings: what `type` may say on the wire.
TYPES = (
    "Default",
    "Package",
    "Custom Comments",
    "Custom Comments Package",
    "Mentions",
    "Mentions with Hashtags",
    "Mentions Custom List",
    "Mentions Hashtag",
    "Mentions User Followers",
    "Mentions Media Likers",
    "Comment Likes",
    "Comment Replies",
    "Poll",
    "Invites from Groups",
    "SEO",
    "Web Traffic",
    "Subscriptions",
)
LARGEST_QUANTITY = 2_147_483_647


@dataclass(frozen=True)
class RemoteService:
    """One service of a provider: `rate` per 1000 (of a Package: for one) in its currency.

    `average_time` is in minutes. `name` and `category` are cut at 255 characters, `description` at 10,000.
    """

    remote_id: str
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int
    refill: bool = False
    cancel: bool = False
    dripfeed: bool = False
    average_time: int | None = None
    description: str = ""


@dataclass(frozen=True)
class SkippedRow:
    """A row that was left out, and why; its id and name as far as they could be read."""

    reason: str
    remote_id: str = ""
    name: str = ""


@dataclass(frozen=True)
class ServiceList:
    """A provider's list: what can be sold, what is of a type we do not know, and what makes no sense."""

    services: tuple[RemoteService, ...]
    unknown_types: tuple[SkippedRow, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()


class _Nonsense(Exception):
    """This row cannot be sold."""


class _UnknownType(Exception):
    """This row is of a type we do not know."""


def service_list(rows: list[object]) -> ServiceList:
    """Return the list sorted into what can be sold and what cannot, and why."""
    services: dict[str, RemoteService] = {}
    unknown_types: list[SkippedRow] = []
    skipped: list[SkippedRow] = []
    for row in rows:
        try:
            service = _service(row, taken=services.keys())
        except _UnknownType as error:
            unknown_types.append(_left_out(row, str(error)))
        except _Nonsense as error:
            skipped.append(_left_out(row, str(error)))
        else:
            services[service.remote_id] = service
    return ServiceList(tuple(services.values()), tuple(unknown_types), tuple(skipped))


def type_named(value: object) -> str | None:
    """Return the protocol's string for a type written in any case, or None where there is no such type."""
    return _TYPES_BY_LETTERS.get(_letters(answers.as_text(value, 100) or "Default"))


def _service(row: object, *, taken: KeysView[str]) -> RemoteService:
    if not isinstance(row, dict):
        raise _Nonsense("the row is not an object")
    remote_id = answers.remote_id(row.get("service"))
    name = answers.as_text(row.get("name"), 255)
    if remote_id is None:
        raise _Nonsense(f"{answers.as_text(row.get('service'), 80)!r} is no service id")
    if remote_id in taken:
        raise _Nonsense(f"service {remote_id} is in the list twice; the first one counts")
    if not name:
        raise _Nonsense("the service has no name")
    kind = type_named(row.get("type"))
    if kind is None:
        raise _UnknownType(f"{answers.as_text(row.get('type'), 100)!r} is no type that NotPanel knows")
    lowest, highest = _quantities(row)
    average_time = answers.as_count(row.get("average_time"))
    return RemoteService(
        remote_id=remote_id,
        name=name,
        type=kind,
        category=answers.as_text(row.get("category"), 255) or "Other",
        rate=_rate(row.get("rate")),
        min=lowest,
        max=highest,
        refill=answers.as_flag(row.get("refill")),
        cancel=answers.as_flag(row.get("cancel")),
        dripfeed=answers.as_flag(row.get("dripfeed")),
        average_time=average_time if average_time and 0 < average_time <= LARGEST_QUANTITY else None,
        description=answers.as_text(row.get("description") or row.get("desc"), 10_000),
    )


def _rate(value: object) -> Decimal:
    rate = answers.as_decimal(value)
    if rate is None or rate < 0:
        raise _Nonsense(f"the rate {answers.as_text(value, 80)!r} is no price")
    return rate


def _quantities(row: dict[str, object]) -> tuple[int, int]:
    lowest, highest = answers.as_count(row.get("min")), answers.as_count(row.get("max"))
    if lowest is None or highest is None or lowest < 0 or highest < 1:
        shown = [answers.as_text(row.get(name), 40) for name in ("min", "max")]
        raise _Nonsense(f"min {shown[0]!r} and max {shown[1]!r} are no quantities")
    if lowest > highest:
        raise _Nonsense(f"its min {lowest} is above its max {highest}")
    if lowest > LARGEST_QUANTITY:
        raise _Nonsense(f"its min {lowest} is more than anybody can order")
    return max(lowest, 1), min(highest, LARGEST_QUANTITY)


def _left_out(row: object, reason: str) -> SkippedRow:
    if not isinstance(row, dict):
        return SkippedRow(reason)
    return SkippedRow(
        answers.as_text(reason, 500),
        answers.as_text(row.get("service"), 64),
        answers.as_text(row.get("name"), 255),
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


_TYPES_BY_LETTERS = {_letters(name): name for name in TYPES}
