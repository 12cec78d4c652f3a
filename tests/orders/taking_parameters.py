"""Every type of service takes exactly its parameters, in the protocol's order of checks."""

import pytest
from hypothesis import given
from hypothesis import settings as how_often
from hypothesis import strategies as st

from catalog.models import LINE_TYPES, Service, ServiceType
from orders.parameters import (
    KNOWN,
    TAKES,
    InvalidParameter,
    MissingParameter,
    QuantityAbove,
    QuantityBelow,
    fingerprint,
    wanted,
)

LINK = {"link": "https://example.com/p"}
COUNT = {"quantity": "100"}
VISITS = {**LINK, "country": "US", "device": "5"}
RUNS = {"runs": "5", "interval": "60"}
WATCH = {"username": "alice", "min": "50", "max": "60", "delay": "5"}
# The protocol's table once more: for each type a request with everything it takes, and the quantity that comes of it.
REQUESTS: dict[str, tuple[dict[str, str], int]] = {
    "Default": ({**LINK, **COUNT}, 100),
    "Package": (LINK, 2),
    "Custom Comments": ({**LINK, "comments": "one\ntwo\nthree"}, 3),
    "Custom Comments Package": ({**LINK, "comments": "one\ntwo\nthree"}, 1),
    "Mentions": ({**LINK, "usernames": "alice\nbob", **COUNT}, 100),
    "Mentions with Hashtags": ({**LINK, "usernames": "alice\nbob", "hashtags": "#a\n#b", **COUNT}, 100),
    "Mentions Custom List": ({**LINK, "usernames": "alice\nbob"}, 2),
    "Mentions Hashtag": ({**LINK, "hashtag": "#a", **COUNT}, 100),
    "Mentions User Followers": ({**LINK, "username": "alice", **COUNT}, 100),
    "Mentions Media Likers": ({**LINK, "media": "https://example.com/m", **COUNT}, 100),
    "Comment Likes": ({**LINK, "username": "alice", **COUNT}, 100),
    "Comment Replies": ({**LINK, "username": "alice", "comments": "one\ntwo"}, 2),
    "Poll": ({**LINK, "answer_number": "7", **COUNT}, 100),
    "Invites from Groups": ({**LINK, "groups": "one\ntwo", **COUNT}, 100),
    "SEO": ({**LINK, "keywords": "one\ntwo", **COUNT}, 100),
    "Web Traffic": ({**VISITS, "type_of_traffic": "1", "google_keyword": "coffee", **COUNT}, 100),
    "Web Traffic ": ({**VISITS, "type_of_traffic": "2", "referring_url": "https://example.org/", **COUNT}, 100),
    "Web Traffic  ": ({**VISITS, "type_of_traffic": "3", **COUNT}, 100),
    "Subscriptions": ({**WATCH, "posts": "10", "old_posts": "5", "expiry": "31/12/2099"}, 10),
}
OPTIONAL = {"posts", "old_posts", "expiry"}
EVERYTHING = {name: value for params, _ in REQUESTS.values() for name, value in params.items()}
NEEDED = [(kind, name) for kind, (params, _) in REQUESTS.items() for name in params if name not in OPTIONAL]


def service(kind: str, **changes) -> Service:
    return Service(**{"type": kind.strip(), "min": 2, "max": 1000, "dripfeed": True} | changes)


def refused(kind: str, changes: dict[str, str], **of_service) -> tuple[type[Exception], str]:
    with pytest.raises((MissingParameter, InvalidParameter)) as error:
        wanted(service(kind, **of_service), REQUESTS[kind][0] | changes)
    return type(error.value), str(vars(error.value)["name"])


def test_every_type_of_the_protocol_is_there():
    assert set(TAKES) == set(ServiceType.values) == {kind.strip() for kind in REQUESTS}
    assert len(TAKES) == 17


@pytest.mark.parametrize("kind", REQUESTS)
def test_takes_what_the_type_takes_and_nothing_else(kind):
    params, quantity = REQUESTS[kind]
    want = wanted(service(kind), params)
    assert want.quantity == want.in_all == quantity
    assert (want.link, want.runs, want.interval) == (params.get("link", ""), 1, None)
    assert want.params == {name: value for name, value in params.items() if name not in {"link", "quantity"}}


@pytest.mark.parametrize("kind", [kind for kind in REQUESTS if not kind.startswith(("Web", "Subs"))])
def test_ignores_what_other_types_take(kind):
    params, _ = REQUESTS[kind]
    want = wanted(service(kind), EVERYTHING | params)
    assert want == wanted(service(kind), params)


def test_ignores_what_goes_with_another_type_of_traffic():
    both = {"google_keyword": "coffee", "referring_url": "https://example.org/"}
    for kind in ("Web Traffic", "Web Traffic ", "Web Traffic  "):
        params, _ = REQUESTS[kind]
        assert wanted(service(kind), params | both | params) == wanted(service(kind), params)


@pytest.mark.parametrize(("kind", "name"), NEEDED)
@pytest.mark.parametrize("nothing", ["", None])
def test_names_what_is_missing(kind, name, nothing):
    params = {each: value for each, value in REQUESTS[kind][0].items() if each != name or nothing is not None}
    with pytest.raises(MissingParameter) as error:
        wanted(service(kind), params if nothing is None else params | {name: nothing})
    assert error.value.name == name


@pytest.mark.parametrize("kind", REQUESTS)
def test_says_first_what_stands_first_in_the_protocols_row(kind):
    names = [name for name in REQUESTS[kind][0] if name not in OPTIONAL]
    for absent in range(len(names)):
        given = {name: REQUESTS[kind][0][name] for name in names[:absent]}
        with pytest.raises(MissingParameter) as error:
            wanted(service(kind), given)
        assert error.value.name == names[absent]


def test_a_subscription_may_go_without_an_end():
    want = wanted(service("Subscriptions", min=50), WATCH)
    assert (want.link, want.quantity, want.billed, want.params) == ("", 0, 50, WATCH)


def test_a_subscription_is_billed_by_the_services_min_and_everything_else_by_its_quantity():
    subscription = wanted(service("Subscriptions", min=30), REQUESTS["Subscriptions"][0])
    assert (subscription.quantity, subscription.billed) == (10, 30)
    assert wanted(service("Default"), REQUESTS["Default"][0] | {"runs": "3", "interval": "1"}).billed == 300
    assert wanted(service("Package"), LINK).billed == 2


# --- What each parameter may be -----------------------------------------------------------------------------------

LONG = "x" * 1001
SINGLE = [
    ("Mentions Hashtag", "hashtag"),
    ("Mentions User Followers", "username"),
    ("Mentions Media Likers", "media"),
    ("Comment Likes", "username"),
    ("Comment Replies", "username"),
    ("Web Traffic", "country"),
    ("Web Traffic", "google_keyword"),
    ("Web Traffic ", "referring_url"),
    ("Subscriptions", "username"),
]
LISTED = [
    ("Custom Comments", "comments"),
    ("Custom Comments Package", "comments"),
    ("Mentions", "usernames"),
    ("Mentions with Hashtags", "usernames"),
    ("Mentions with Hashtags", "hashtags"),
    ("Mentions Custom List", "usernames"),
    ("Comment Replies", "comments"),
    ("Invites from Groups", "groups"),
    ("SEO", "keywords"),
]
NO_TEXT = ["a\0b", "a\x07b", "a\x85b", "a\udce9b", "a\ufffdb"]


@pytest.mark.parametrize(("kind", "name"), SINGLE)
@pytest.mark.parametrize("wrong", [LONG, "a\nb", "a\tb", *NO_TEXT])
def test_one_line_of_text_has_no_control_characters_and_an_end(kind, name, wrong):
    assert refused(kind, {name: wrong}) == (InvalidParameter, name)


@pytest.mark.parametrize(("kind", "name"), SINGLE)
def test_one_line_of_text_is_trimmed_and_as_long_as_1000_characters(kind, name):
    family = "👩‍👩‍👧 in Genève"
    assert wanted(service(kind), REQUESTS[kind][0] | {name: f"  {family} "}).params[name] == family
    assert wanted(service(kind), REQUESTS[kind][0] | {name: "x" * 1000}).params[name] == "x" * 1000


@pytest.mark.parametrize(("kind", "name"), LISTED)
@pytest.mark.parametrize("wrong", ["a\rb", "a\tb", *NO_TEXT, "x" * 100_001, "é" * 50_001])
def test_lines_have_no_control_characters_and_an_end(kind, name, wrong):
    assert refused(kind, {name: f"one\n{wrong}"}) == (InvalidParameter, name)


def test_all_lines_of_an_order_together_have_an_end():
    half = {"usernames": "x" * 50_000, "hashtags": "x" * 50_000}
    assert wanted(service("Mentions with Hashtags"), REQUESTS["Mentions with Hashtags"][0] | half).params == half
    over = half | {"hashtags": "x" * 50_001}
    assert refused("Mentions with Hashtags", over) == (InvalidParameter, "hashtags")


@pytest.mark.parametrize(("kind", "name"), LISTED)
@pytest.mark.parametrize("blank", ["\n\n", " \r\n\t\r\n "])
def test_lines_that_are_all_empty_are_none(kind, name, blank):
    assert refused(kind, {name: blank}) == (MissingParameter, name)


@pytest.mark.parametrize("kind", LINE_TYPES)
@pytest.mark.parametrize("text", ["a\nb\nc", "a\r\nb\r\nc\r\n", "\n\n a \n\n\tb\r\n  \r\nc\n", "a\nb\nc\n\n\n"])
def test_counts_the_lines_that_are_not_empty_whatever_their_ends(kind, text):
    name = LINE_TYPES[kind]
    want = wanted(service(kind), REQUESTS[kind][0] | {name: text})
    assert (want.quantity, want.params[name]) == (3, "a\nb\nc")


@pytest.mark.parametrize("kind", LINE_TYPES)
def test_the_lines_are_within_the_services_min_and_max(kind):
    params, name = REQUESTS[kind][0], LINE_TYPES[kind]
    with pytest.raises(QuantityBelow) as below:
        wanted(service(kind, min=4), params | {name: "a\n\nb\nc\n", "quantity": "5"})
    with pytest.raises(QuantityAbove) as above:
        wanted(service(kind, max=2), params | {name: "a\nb\nc", "quantity": "2"})
    assert (below.value.minimum, above.value.maximum) == (4, 2)


def test_two_equal_lines_are_two():
    assert wanted(service("Custom Comments"), LINK | {"comments": "same\nsame"}).quantity == 2


NUMBERS = [
    ("Poll", "answer_number", ["0", "-1", "10001", "two", "1.5", "٣", "9" * 400]),
    ("Web Traffic", "device", ["0", "6", "-1", "desktop", "1 2", "9" * 5000]),
    ("Web Traffic", "type_of_traffic", ["0", "4", "search", "9" * 5000]),
    ("Subscriptions", "min", ["x", "1.5", "1e3", "+5"]),
    ("Subscriptions", "max", ["x", "Infinity", "59.0", "49"]),
    ("Subscriptions", "delay", ["1", "6", "-5", "601", "soon", "9" * 400]),
    ("Subscriptions", "posts", ["0", "-1", "1000001", "x", "9" * 400]),
    ("Subscriptions", "old_posts", ["-1", "1000001", "x", "9" * 400]),
]


@pytest.mark.parametrize(("kind", "name", "wrong"), [(k, n, each) for k, n, values in NUMBERS for each in values])
def test_a_number_is_one_that_it_may_be(kind, name, wrong):
    assert refused(kind, {name: wrong}) == (InvalidParameter, name)


def test_numbers_are_kept_in_plain_digits():
    want = wanted(service("Subscriptions"), WATCH | {"min": "0050", "delay": "-0", "old_posts": "00"})
    assert want.params == WATCH | {"delay": "0", "old_posts": "0"}


def test_takes_every_delay_of_the_protocol():
    short = [0, 5, 10, 15, 20, 30, 40, 50, 60]
    long = [90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600]
    for delay in map(str, [*short, *long]):
        assert wanted(service("Subscriptions"), WATCH | {"delay": delay}).params["delay"] == delay


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"min": "49"}, QuantityBelow),
        ({"min": "-5"}, QuantityBelow),
        ({"min": "1001", "max": "1002"}, QuantityAbove),
        ({"max": "1001"}, QuantityAbove),
        ({"max": "9" * 400}, QuantityAbove),
    ],
)
def test_a_posts_least_and_most_are_within_the_services(changes, refusal):
    with pytest.raises(refusal):
        wanted(service("Subscriptions", min=50), WATCH | changes)


@pytest.mark.parametrize(
    "wrong",
    ["30/02/2099", "31/12/99", "2099-12-31", "12/31/2099", "00/01/2099", "01/01/0000", "1/1/20999", "٣1/12/2099", "x"],
)
def test_an_expiry_is_a_day_there_is(wrong):
    assert refused("Subscriptions", {"expiry": wrong}) == (InvalidParameter, "expiry")


def test_an_expiry_is_today_or_later(time):
    time.at = 1_800_000_000  # 15 January 2027, 08:00 UTC
    assert refused("Subscriptions", {"expiry": "14/01/2027"}) == (InvalidParameter, "expiry")
    for sent, kept in [("15/01/2027", "15/01/2027"), ("1/2/2027", "01/02/2027")]:
        assert wanted(service("Subscriptions"), WATCH | {"expiry": sent}).params["expiry"] == kept


ANY_TEXT = st.one_of(
    st.text(max_size=50),
    st.from_regex(r"[0-9\-/:.]{1,12}", fullmatch=True),
    st.sampled_from(["0" * 5000, "9" * 5000, "\ud800", "31/12/2099", "1", "2", "5", "100", "https://[", "a\nb"]),
)


@how_often(max_examples=400, deadline=None)
@given(kind=st.sampled_from(list(REQUESTS)), changes=st.dictionaries(st.sampled_from(KNOWN), ANY_TEXT, max_size=4))
def test_whatever_is_sent_is_taken_or_refused_in_words(kind, changes):
    try:
        want = wanted(service(kind), REQUESTS[kind][0] | changes)
    except (MissingParameter, InvalidParameter, QuantityBelow, QuantityAbove):
        return
    assert 0 <= want.in_all < 2**31
    assert all(value and "\0" not in value for value in want.params.values())
    fingerprint(changes)
