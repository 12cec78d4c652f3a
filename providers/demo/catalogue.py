"""What the demo provider sells: ordinary services first, the misbehaving ones last."""

from dataclasses import dataclass
from decimal import Decimal

from providers.demo.behaviours import Behaviour

ONE_PRICE = {"Package", "Custom Comments Package"}  # the rate is the price of one, not of a thousand


@dataclass(frozen=True)
class Offer:
    """One service; the rate is per 1000, for a Package that of one."""

    service: int
    name: str
    category: str
    rate: Decimal
    type: str = "Default"
    min: int = 50
    max: int = 10_000
    average_time: int | None = 1
    behaviour: Behaviour = Behaviour.DELIVER
    refill: bool = False
    cancel: bool = False
    dripfeed: bool = False
    description: str = ""

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
            "refill": self.refill,
            "cancel": self.cancel,
            "dripfeed": self.dripfeed,
        }
        if self.description:
            row["description"] = self.description
        return row if self.average_time is None else row | {"average_time": self.average_time}

    def charge(self, quantity: int) -> Decimal:
        """Return what an order of this quantity costs."""
        return self.rate if self.type in ONE_PRICE else self.rate * quantity / 1000


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
    refills, cancels = {1, 3, 4, 9}, {1, 2, 3, 6, 7}
    offers = [
        Offer(
            *(number, name, category, Decimal(rate)),
            min=lowest,
            max=highest,
            refill=number in refills,
            cancel=number in cancels,
        )
        for number, (name, category, rate, lowest, highest) in enumerate(rows, start=1)
    ]
    return [
        *offers,
        Offer(13, "Starter package: 100 followers", packages, Decimal("0.75"), "Package", 1, 1),
        Offer(14, "Launch package: 1,000 views and 100 likes", packages, Decimal("2.50"), "Package", 1, 1),
    ]


def _of_every_type() -> list[Offer]:
    comments, mentions, sites, other = "Comments", "Mentions", "Web sites", "Votes and invites"
    rows: list[tuple[str, str, str, str, int, int]] = [
        ("Custom Comments", "Comments of your own", comments, "9.00", 1, 500),
        ("Custom Comments Package", "Ten comments of your own, as a package", comments, "0.30", 1, 1),
        ("Comment Likes", "Likes for a comment", comments, "1.10", 10, 5_000),
        ("Comment Replies", "Replies to a comment", comments, "11.00", 1, 300),
        ("Mentions", "Mentions by a list of users", mentions, "3.00", 10, 10_000),
        ("Mentions with Hashtags", "Mentions with hashtags", mentions, "3.50", 10, 10_000),
        ("Mentions Custom List", "Mentions of the users you name", mentions, "4.00", 1, 1_000),
        ("Mentions Hashtag", "Mentions of those who use a hashtag", mentions, "2.80", 10, 10_000),
        ("Mentions User Followers", "Mentions of a user's followers", mentions, "2.60", 10, 10_000),
        ("Mentions Media Likers", "Mentions of those who liked a post", mentions, "2.70", 10, 10_000),
        ("Poll", "Poll votes", other, "1.50", 10, 20_000),
        ("Invites from Groups", "Invites from groups", other, "5.00", 10, 2_000),
        ("SEO", "Visits by search words", sites, "2.20", 50, 20_000),
        ("Web Traffic", "Visits from a country, by device", sites, "0.80", 100, 100_000),
    ]
    offers = [
        Offer(number, name, category, Decimal(rate), kind, lowest, highest, refill=number % 2 == 0, cancel=True)
        for number, (kind, name, category, rate, lowest, highest) in enumerate(rows, start=15)
    ]
    return [
        *offers,
        Offer(29, "Likes for posts to come", "Subscriptions", Decimal("1.00"), "Subscriptions", 10, 1_000, cancel=True),
        Offer(30, "Views for posts to come", "Subscriptions", Decimal("0.30"), "Subscriptions", 50, 5_000),
        Offer(
            *(31, "Photo likes, drip-feed", "Photos", Decimal("0.95"), "Default", 10, 5_000),
            refill=True,
            cancel=True,
            dripfeed=True,
        ),
        Offer(
            *(32, "Visits from a country, drip-feed", sites, Decimal("0.85"), "Web Traffic", 100, 50_000),
            cancel=True,
            dripfeed=True,
        ),
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
        ("Never ends", Behaviour.STUCK),
        ("Goes back to pending now and then", Behaviour.BACKWARDS),
        ("Contradicts itself after the end", Behaviour.CONTRADICTS),
        ("Partial at first, canceled afterwards", Behaviour.PARTIAL_THEN_CANCELED),
        ("Canceled at first, completed afterwards", Behaviour.CANCELED_THEN_COMPLETED),
        ("Does not cancel, though it says it would", Behaviour.CANCEL_REFUSED),
        ("Takes a cancel request and delivers nevertheless", Behaviour.CANCEL_IGNORED),
        ("Does not refill, though it says it would", Behaviour.REFILL_REFUSED),
        ("Says that a refill is under way, without an id", Behaviour.REFILL_PENDING),
        ("Rejects every refill", Behaviour.REFILL_REJECTED),
    ]
    slow_or_stuck = {Behaviour.SLOW_DELIVERY, Behaviour.STUCK}
    offers = [
        Offer(
            *(number, name, "Misbehaving, for tests", Decimal("0.50")),
            average_time=None,
            behaviour=behaviour,
            refill=behaviour.startswith("refill"),
            cancel=behaviour.startswith("cancel_") or behaviour in slow_or_stuck,
        )
        for number, (name, behaviour) in enumerate(named, start=101)
    ]
    pausing = Offer(
        *(126, "Pauses every subscription after a post", "Misbehaving, for tests", Decimal("0.50"), "Subscriptions"),
        average_time=None,
        behaviour=Behaviour.PAUSE,
        cancel=True,
    )
    return [*offers, pausing]


OFFERS = {offer.service: offer for offer in (*_ordinary(), *_of_every_type(), *_misbehaving())}

BROKEN_ROWS: list[object] = [
    "not an object",
    {"service": None, "name": "No id", "type": "Default", "rate": "1", "min": "1", "max": "10"},
    {"service": 1, "name": "", "type": "Default", "rate": "1", "min": "1", "max": "10"},
    {"service": 2, "name": "A price in words", "type": "Default", "rate": "cheap", "min": "1", "max": "10"},
    {"service": 3, "name": "Min above max", "type": "Default", "rate": "1", "min": "10", "max": "1"},
    {"service": 4, "name": "A type nobody knows", "type": "Telepathy", "rate": "1", "min": "1", "max": "10"},
]
