"""What an order takes, by the type of its service (protocol.md), and what is answered to one that is not right."""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.demo.catalogue import Offer
from providers.demo.replies import Refusal
from providers.demo.subscriptions import expiry_of

NUMBER_DIGITS = 18
LONGEST_LINK = 1000
MOST_RUNS = 1000
DELAYS = {0, 5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600}
# What a type needs beside its link, and beside the quantity where it is neither counted nor fixed.
NEEDS: dict[str, tuple[str, ...]] = {
    "Default": (),
    "Package": (),
    "Custom Comments": ("comments",),
    "Custom Comments Package": ("comments",),
    "Mentions": ("usernames",),
    "Mentions with Hashtags": ("usernames", "hashtags"),
    "Mentions Custom List": ("usernames",),
    "Mentions Hashtag": ("hashtag",),
    "Mentions User Followers": ("username",),
    "Mentions Media Likers": ("media",),
    "Comment Likes": ("username",),
    "Comment Replies": ("username", "comments"),
    "Poll": ("answer_number",),
    "Invites from Groups": ("groups",),
    "SEO": ("keywords",),
    "Web Traffic": ("country", "device", "type_of_traffic"),
}
COUNTED = {"Custom Comments": "comments", "Mentions Custom List": "usernames", "Comment Replies": "comments"}
FIXED = {"Package", "Custom Comments Package"}
NEEDED_BY_TRAFFIC = {1: "google_keyword", 2: "referring_url", 3: None}


@dataclass(frozen=True)
class Asked:
    """What is ordered: `quantity` is that over all runs, `interval` is in minutes."""

    link: str
    quantity: int
    runs: int = 1
    interval: int = 0


def asked(offer: Offer, params: Mapping[str, str]) -> Asked:
    """Return what is ordered of an offer.

    :raises Refusal: where the parameters are not those of its type.
    """
    if offer.type == "Subscriptions":
        return _subscription(offer, params)
    link = params.get("link", "")
    if not link.startswith(("http://", "https://")) or len(link) > LONGEST_LINK:
        raise Refusal("Bad link")
    for name in NEEDS[offer.type]:
        _needed(params, name)
    if offer.type == "Poll":
        _whole(params, "answer_number")
    if offer.type == "Web Traffic":
        _traffic(params)
    runs, interval = _runs(offer, params)
    return Asked(link, _quantity(offer, params) * runs, runs, interval)


def whole_number(text: str) -> int | None:
    """Return the number that these digits write, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None


def _quantity(offer: Offer, params: Mapping[str, str]) -> int:
    if offer.type in FIXED:
        return offer.min
    if name := COUNTED.get(offer.type):
        quantity = sum(1 for line in params[name].split("\n") if line.strip())
    else:
        quantity = _whole(params, "quantity")
    return _within(offer, quantity)


def _within(offer: Offer, quantity: int) -> int:
    if quantity < offer.min:
        raise Refusal(f"Quantity less than minimal {offer.min}")
    if quantity > offer.max:
        raise Refusal(f"Quantity more than maximum {offer.max}")
    return quantity


def _runs(offer: Offer, params: Mapping[str, str]) -> tuple[int, int]:
    runs = _whole(params, "runs") if "runs" in params else 1
    if runs <= 1:
        return 1, 0
    if not offer.dripfeed or runs > MOST_RUNS:
        raise Refusal("Incorrect request")
    return runs, _whole(params, "interval")


def _traffic(params: Mapping[str, str]) -> None:
    kind = _whole(params, "type_of_traffic")
    if not 1 <= _whole(params, "device") <= 5 or kind not in NEEDED_BY_TRAFFIC:
        raise Refusal("Incorrect request")
    if name := NEEDED_BY_TRAFFIC[kind]:
        _needed(params, name)


def _subscription(offer: Offer, params: Mapping[str, str]) -> Asked:
    username = _needed(params, "username")
    lowest, highest, delay = (_whole(params, name) for name in ("min", "max", "delay"))
    for name in ("posts", "old_posts"):
        if name in params:
            _whole(params, name)
    expiry = params.get("expiry")
    if lowest > highest or delay not in DELAYS or (expiry and expiry_of(expiry) is None):
        raise Refusal("Incorrect request")
    _within(offer, lowest)
    _within(offer, highest)
    return Asked(f"https://example.com/{username}", 0)


def _needed(params: Mapping[str, str], name: str) -> str:
    value = params.get(name, "")
    if not value:
        raise Refusal("Incorrect request")
    return value


def _whole(params: Mapping[str, str], name: str) -> int:
    number = whole_number(params.get(name, ""))
    if number is None:
        raise Refusal("Incorrect request")
    return number
