"""What the demo provider sells: ordinary services first, the misbehaving ones last."""

from dataclasses import dataclass
from decimal import Decimal

from providers.demo.behaviours import Behaviour


@dataclass(frozen=True)
class Offer:
    """One service; the rate is in USD per 1000, for a Package that of one."""

    service: int
    name: str
    category: str
    rate: Decimal
    type: str = "Default"
    min: int = 50
    max: int = 10_000
    average_time: int | None = 1
    behaviour: Behaviour = Behaviour.DELIVER

    def row(self) -> dict[str, object]:
        """Return the offer as the classic `services` writes it."""
        row: dict[str, object] = {
            "service": self.service,
            "name": self.name,
            "type": self.type,
            "category": self.category,
            "rate": f"{self.rate:f}",
            "min": str(self.min),
            "max": str(self.max),
            "refill": False,
            "cancel": False,
            "dripfeed": False,
        }
        return row if self.average_time is None else row | {"average_time": self.average_time}

    def charge(self, quantity: int) -> Decimal:
        """Return what an order of this quantity costs, in USD."""
        return self.rate if self.type == "Package" else self.rate * quantity / 1000


def _ordinary() -> list[Offer]:
    photos, videos, music, sites, packages = "Photos", "Videos", "Music", "Web sites", "Packages"
    rows: list[tuple[str, str, str, int, int]] = [
        ("Photo likes, fast", photos, "0.90", 50, 100_000),
        ("Photo likes, gradual", photos, "0.60", 100, 50_000),
        ("Photo page followers", photos, "2.40", 100, 20_000),
        ("Photo page followers, premium", photos, "4.75", 50, 5_000),
        ("Photo saves", photos, "0.125", 10, 10_000),
        ("Video views", videos, "0.35", 500, 1_000_000),
        ("Video views, high retention", videos, "1.90", 100, 100_000),
        ("Video likes", videos, "1.20", 20, 20_000),
        ("Channel subscribers", videos, "12.50", 50, 2_000),
        ("Track plays", music, "0.18", 1_000, 5_000_000),
        ("Track saves", music, "1.05", 100, 50_000),
        ("Web site visits", sites, "0.4225", 500, 100_000),
    ]
    offers = [
        Offer(number, name, category, Decimal(rate), min=lowest, max=highest)
        for number, (name, category, rate, lowest, highest) in enumerate(rows, start=1)
    ]
    return [
        *offers,
        Offer(13, "Starter package: 100 followers", packages, Decimal("0.75"), "Package", 1, 1),
        Offer(14, "Launch package: 1,000 views and 100 likes", packages, Decimal("2.50"), "Package", 1, 1),
    ]


def _misbehaving() -> list[Offer]:
    named = [
        ("Delivers 60 % and ends as partial", Behaviour.PARTIAL),
        ("Cancels every order", Behaviour.CANCEL),
        ("Takes a hundred times as long", Behaviour.SLOW_DELIVERY),
        ("Answers slowly", Behaviour.SLOW),
        ("Does not know its own order at first", Behaviour.HIDDEN_AT_FIRST),
        ("Spells statuses and numbers oddly", Behaviour.ODD_SPELLING),
        ("Refuses every order", Behaviour.REFUSE),
        ("Says our funds are not enough", Behaviour.NO_FUNDS),
        ("Answers 429", Behaviour.TOO_MANY_REQUESTS),
        ("Times out before placing", Behaviour.TIMEOUT_BEFORE_PLACING),
        ("Times out after placing", Behaviour.TIMEOUT_AFTER_PLACING),
        ("Answers a web page", Behaviour.HTML),
        ("Answers 500 before placing", Behaviour.ERROR_500_BEFORE_PLACING),
        ("Answers 500 after placing", Behaviour.ERROR_500_AFTER_PLACING),
        ("Resets the connection after placing", Behaviour.RESET_AFTER_PLACING),
    ]
    return [
        Offer(number, name, "Misbehaving, for tests", Decimal("0.50"), average_time=None, behaviour=behaviour)
        for number, (name, behaviour) in enumerate(named, start=101)
    ]


OFFERS = {offer.service: offer for offer in (*_ordinary(), *_misbehaving())}

BROKEN_ROWS: list[object] = [
    "not an object",
    {"service": None, "name": "No id", "type": "Default", "rate": "1", "min": "1", "max": "10"},
    {"service": 1, "name": "", "type": "Default", "rate": "1", "min": "1", "max": "10"},
    {"service": 2, "name": "A price in words", "type": "Default", "rate": "cheap", "min": "1", "max": "10"},
    {"service": 3, "name": "Min above max", "type": "Default", "rate": "1", "min": "10", "max": "1"},
    {"service": 4, "name": "A type nobody knows", "type": "Telepathy", "rate": "1", "min": "1", "max": "10"},
]
