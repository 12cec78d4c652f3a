"""Every type of service with exactly the parameters it takes, as one table. Source: protocol.md, `add`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.models import ServiceType
from orders.parameters import quantities
from orders.parameters.quantities import Quantity, lines_of, one, posts, sent, services_min
from orders.parameters.rules import Rule, any_number, future_day, lines, link, number, one_of, text

MOST_POSTS = 1_000_000
MOST_ANSWERS = 10_000
DELAYS = frozenset(
    {0, 5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600}
)  # fmt: skip
SEARCH, REFERRER, DIRECT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name, its rule, and what it is in words.

    `only_where` names another one and the value at which this one is taken; at any other it is ignored.
    """

    name: str
    rule: Rule
    meaning: str
    example: str
    optional: bool = False
    only_where: tuple[str, str] | None = None

    def taken_with(self, given: Mapping[str, str]) -> bool:
        """Return whether it is taken, beside what was given before it."""
        return self.only_where is None or given.get(self.only_where[0]) == self.only_where[1]


LINK = Parameter("link", link, "An http(s) URL of up to 1000 characters.", "https://example.com/p/1")
USERNAME = Parameter("username", text, "A user's name.", "alice")
USERNAMES = Parameter("usernames", lines, "Users' names, one a line.", "alice\nbob")
HASHTAGS = Parameter("hashtags", lines, "Hashtags, one a line.", "#morning\n#coffee")
HASHTAG = Parameter("hashtag", text, "The hashtag whose users are taken.", "#coffee")
MEDIA = Parameter("media", text, "The post whose likers are taken.", "https://example.com/p/2")
COMMENTS = Parameter("comments", lines, "Comments, one a line.", "Well done!\nI like it")
ANSWER_NUMBER = Parameter("answer_number", number(1, MOST_ANSWERS), "Which answer of the poll, from 1.", "2")
GROUPS = Parameter("groups", lines, "Groups, one a line.", "https://example.com/g/1\nhttps://example.com/g/2")
KEYWORDS = Parameter("keywords", lines, "Keywords, one a line.", "coffee\ncoffee beans")
COUNTRY = Parameter("country", text, "The visitors' country, as its code or its name.", "US")
DEVICE = Parameter(
    "device",
    number(1, 5),
    "1 desktop, 2 Android, 3 iOS, 4 any mobile, 5 any device.",
    "5",
)
TYPE_OF_TRAFFIC = Parameter(
    "type_of_traffic", number(SEARCH, DIRECT), "1 from a search, 2 from another page, 3 direct.", "1"
)
GOOGLE_KEYWORD = Parameter(
    "google_keyword", text, "What is searched for.", "coffee", only_where=("type_of_traffic", str(SEARCH))
)
REFERRING_URL = Parameter(
    "referring_url",
    text,
    "The page visitors come from.",
    "https://example.org/blog",
    only_where=("type_of_traffic", str(REFERRER)),
)
MIN = Parameter("min", any_number, "The least for each post, within the service's min and max.", "100")
MAX = Parameter("max", any_number, "The most for each post, within the service's min and max.", "200")
DELAY = Parameter("delay", one_of(DELAYS), f"Minutes: {', '.join(map(str, sorted(DELAYS)))}.", "30")
POSTS = Parameter("posts", number(1, MOST_POSTS), "How many new posts; without it, until it is ended.", "10")
OLD_POSTS = Parameter("old_posts", number(0, MOST_POSTS), "How many posts that are there already.", "5")
EXPIRY = Parameter("expiry", future_day, "The last day, d/m/Y, in UTC.", "31/12/2099")


@dataclass(frozen=True, slots=True)
class Takes:
    """What a type takes: its parameters in the order they are looked at, where its quantity comes from, and runs."""

    parameters: tuple[Parameter, ...]
    quantity: Quantity
    dripfeed: bool = False

    @property
    def quantity_is_sent(self) -> bool:
        """Return whether `quantity` is a parameter of its own, to us and to the provider."""
        return self.quantity is quantities.sent


def takes(*parameters: Parameter, quantity: Quantity, dripfeed: bool = False) -> Takes:
    """Return what a type takes."""
    return Takes(parameters, quantity, dripfeed)


def optional(parameter: Parameter) -> Parameter:
    """Return the parameter as one that may be left out."""
    return replace(parameter, optional=True)


T = ServiceType
TAKES: dict[str, Takes] = {
    T.DEFAULT: takes(LINK, quantity=sent, dripfeed=True),
    T.PACKAGE: takes(LINK, quantity=services_min),
    T.CUSTOM_COMMENTS: takes(LINK, COMMENTS, quantity=lines_of("comments")),
    T.CUSTOM_COMMENTS_PACKAGE: takes(LINK, COMMENTS, quantity=one),
    T.MENTIONS: takes(LINK, USERNAMES, quantity=sent),
    T.MENTIONS_WITH_HASHTAGS: takes(LINK, USERNAMES, HASHTAGS, quantity=sent),
    T.MENTIONS_CUSTOM_LIST: takes(LINK, USERNAMES, quantity=lines_of("usernames")),
    T.MENTIONS_HASHTAG: takes(LINK, HASHTAG, quantity=sent),
    T.MENTIONS_USER_FOLLOWERS: takes(LINK, USERNAME, quantity=sent),
    T.MENTIONS_MEDIA_LIKERS: takes(LINK, MEDIA, quantity=sent),
    T.COMMENT_LIKES: takes(LINK, USERNAME, quantity=sent),
    T.COMMENT_REPLIES: takes(LINK, USERNAME, COMMENTS, quantity=lines_of("comments")),
    T.POLL: takes(LINK, ANSWER_NUMBER, quantity=sent),
    T.INVITES_FROM_GROUPS: takes(LINK, GROUPS, quantity=sent),
    T.SEO: takes(LINK, KEYWORDS, quantity=sent),
    T.WEB_TRAFFIC: takes(
        *(LINK, COUNTRY, DEVICE, TYPE_OF_TRAFFIC, GOOGLE_KEYWORD, REFERRING_URL), quantity=sent, dripfeed=True
    ),
    T.SUBSCRIPTIONS: takes(
        *(USERNAME, MIN, MAX, DELAY, optional(POSTS), optional(OLD_POSTS), optional(EXPIRY)), quantity=posts
    ),
}
