"""Every answer of the classic dialect as a typed client declares it. Source: protocol.md, the classic column."""

from tests.api_v2.decoder import (
    BOOLEAN,
    INTEGER,
    NULL,
    TEXT,
    Shape,
    either,
    keyed,
    literal,
    matching,
    members,
    rows,
)

DIGITS = matching("0|[1-9][0-9]*")
MONEY = matching(r"(0|[1-9][0-9]*)\.[0-9]{2}([0-9]{0,5}[1-9])?")  # no idle zeros past the second decimal
USD = literal("USD")
DAY = matching("[0-9]{2}/[0-9]{2}/[0-9]{4}")
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
WEBHOOK, EVENT = matching(f"whk_{ULID}"), matching(f"evt_{ULID}")
TYPES = (
    "Default", "Package", "Custom Comments", "Custom Comments Package", "Mentions", "Mentions with Hashtags",
    "Mentions Custom List", "Mentions Hashtag", "Mentions User Followers", "Mentions Media Likers", "Comment Likes",
    "Comment Replies", "Poll", "Invites from Groups", "SEO", "Web Traffic", "Subscriptions",
)  # fmt: skip
EVENTS = (
    "order.processing", "order.in_progress", "order.completed", "order.partial", "order.canceled", "order.failed",
    "order.refunded", "refill.completed", "refill.rejected", "balance.low", "webhook.test",
)  # fmt: skip

ERROR = members(error=matching("(?s).+"))
SERVICE = members(
    {"average_time": INTEGER},
    service=INTEGER,
    name=TEXT,
    type=literal(*TYPES),
    category=TEXT,
    rate=MONEY,
    min=DIGITS,
    max=DIGITS,
    refill=BOOLEAN,
    cancel=BOOLEAN,
    dripfeed=BOOLEAN,
    description=TEXT,
)
COUNTED = {"charge": MONEY, "start_count": DIGITS, "remains": DIGITS, "currency": USD}
ORDER = members(
    status=literal("Pending", "Processing", "In progress", "Completed", "Partial", "Canceled"),
    **COUNTED,
)
POSTS = {
    "status": literal("Active", "Paused", "Completed", "Expired", "Canceled"),
    "expiry": either(DAY, NULL),  # the one place a null is answered
    "posts": DIGITS,
    "orders": rows(INTEGER),
}
SUBSCRIPTION = members(**POSTS)
REFILL_WORD = literal("Pending", "In progress", "Completed", "Rejected")
ID = either(INTEGER, TEXT)  # what is no number is shown as it was sent; the tests say which is which
LISTED = {"webhook": WEBHOOK, "url": TEXT, "events": rows(literal(*EVENTS))}

ALONE: dict[str, Shape] = {
    "balance": members(balance=MONEY, currency=USD),
    "services": rows(SERVICE),
    "add": members(order=INTEGER),
    "status": either(ORDER, SUBSCRIPTION),
    "refill": members(refill=matching("[1-9][0-9]*")),
    "refill_status": members(status=REFILL_WORD),
    "cancel": rows(members(order=ID, cancel=either(INTEGER, ERROR))),
    "webhook.add": members(**LISTED, secret=matching("whsec_[A-Za-z0-9+/]+=*")),
    "webhook.list": rows(
        members(
            **LISTED,
            status=literal("active", "disabled"),
            created_at=matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"),
        )
    ),
    "webhook.remove": members(webhook=WEBHOOK, removed=BOOLEAN),
    "webhook.test": members(webhook=WEBHOOK, event=EVENT),
}
BATCH: dict[str, Shape] = {
    "status": keyed(either(ORDER, SUBSCRIPTION, ERROR)),
    "refill": rows(members(order=ID, refill=either(INTEGER, ERROR))),
    "refill_status": rows(members(refill=ID, status=either(REFILL_WORD, ERROR))),
    "cancel": ALONE["cancel"],
}
