"""What is taken from the code, or added to it, is missed here: the tables below are written by hand from protocol.md.

So each name is looked for where it is declared, on its page, in that page's Markdown and in the OpenAPI document.
"""

import orjson
import pytest

from api_v2.actions import ACTIONS
from api_v2.errors import REFUSALS
from api_v2.limits import HEADERS
from dashboard.developers.pages import DESCRIBED_ON, PAGES
from dashboard.developers.parts import refusals
from tests.api_v2.wordings import WORDINGS
from tests.dashboard.developers.printed import read
from webhooks.kinds import KINDS

pytestmark = pytest.mark.django_db

PARAMETERS = {
    "balance": "",
    "services": "",
    "add": "service request_id link quantity runs interval username usernames hashtags hashtag media comments "
    "answer_number groups keywords country device type_of_traffic google_keyword referring_url min max delay posts "
    "old_posts expiry coupon",
    "status": "order orders",
    "refill": "order orders",
    "refill_status": "refill refills",
    "cancel": "order orders",
    "webhook.add": "url events",
    "webhook.list": "",
    "webhook.remove": "webhook",
    "webhook.test": "webhook",
}
NEEDED = {
    "add": "service request_id",
    "webhook.add": "url",
    "webhook.remove": "webhook",
    "webhook.test": "webhook",
}
# By the names of protocol.md's errors in tests/api_v2/wordings.py, where their texts are written by hand.
ERRORS = {
    "balance": "",
    "services": "",
    "add": "MissingParameter InvalidParameter RequestConflict ServiceNotFound OrdersStopped QuantityBelow "
    "QuantityAbove LinkInProgress InvalidCoupon InsufficientBalance",
    "status": "MissingParameter InvalidParameter OrderNotFound OrderAndOrders TooManyOrders",
    "refill": "MissingParameter InvalidParameter OrderNotFound RefillNotAvailable OrderNotCompleted "
    "RefillAlreadyPending RefillLimitReached RefillPeriodOver OrderAndOrders TooManyOrders",
    "refill_status": "MissingParameter InvalidParameter RefillNotFound RefillAndRefills TooManyOrders",
    "cancel": "MissingParameter InvalidParameter OrderNotFound CannotBeCanceled OrderAndOrders TooManyOrders",
    "webhook.add": "MissingParameter InvalidParameter NotPublic UnknownKind EndpointLimitReached",
    "webhook.list": "",
    "webhook.remove": "MissingParameter EndpointNotFound",
    "webhook.test": "MissingParameter EndpointNotFound",
}
READ_ONLY = "ReadOnlyKey"
OF_ANY = "InvalidKey Suspended LimitExceeded"  # of every action; ReadOnlyKey of those that change something
CHANGING = {"add", "refill", "cancel", "webhook.add", "webhook.remove"}
TRANSPORT = "UsePost InvalidHost NoSuchPage BodyTooLarge MalformedBody LengthMissing Unexpected"
EVENTS = (
    "order.processing order.in_progress order.completed order.partial order.canceled order.failed order.refunded "
    "refill.completed refill.rejected balance.low webhook.test"
)
LIMIT_HEADERS = (
    "X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset X-RateLimit-Tier-Remaining X-RateLimit-DeniedBy "
    "Retry-After"
)
TITLES = [
    "Overview", "Getting started", "Authentication", "Rate limits", "Errors", "List services", "Place order",
    "Order status", "Refill", "Cancel", "Balance", "Manage webhooks", "Changelog", "SDKs & libraries",
]  # fmt: skip
# What stands in the texts of wordings.py for what the pages show as `<…>`.
FILLED_IN = {
    "MissingParameter": "<name>", "InvalidParameter": "<name>", "OrdersStopped": "<the operator's text>",
    "QuantityBelow": "<minimum>", "QuantityAbove": "<maximum>", "UnknownKind": "<name>",
}  # fmt: skip


def text_of(error: str) -> str:
    """Return an error's text as the documentation shows it."""
    wording = WORDINGS[error]
    return (
        wording.standard.replace(wording.filled_in or "", FILLED_IN[error]) if error in FILLED_IN else wording.standard
    )


def body_of(error: str) -> str:
    return orjson.dumps({"error": text_of(error)}).decode()


@pytest.fixture
def page(client):
    """Fetch a page as it is shown."""
    return lambda slug: read(client.get(PAGES[slug].path).content.decode())


@pytest.fixture
def markdown(client):
    """Fetch a page's Markdown."""
    return lambda slug: client.get(f"/developers/{slug}.md").content.decode()


@pytest.fixture
def openapi(client):
    """Fetch the OpenAPI document."""
    return client.get("/developers/openapi.json").json()


def within(rows: list[list[str]], action: str) -> list[list[list[str]]]:
    """Return the tables of an action out of a page's rows: from the row that names the action to the next such row."""
    starts = [at for at, row in enumerate(rows) if row[0] == "action" and row[-1] in ACTIONS]
    begin = next(at for at in starts if rows[at][-1] == action)
    end = min([at for at in starts if at > begin], default=len(rows))
    tables: list[list[list[str]]] = [[]]
    for row in rows[begin + 1 : end]:
        if row[0] in {"parameter", "status", "type", "event", "attempt", ""}:
            tables.append([])
        tables[-1].append(row)
    return tables


def test_the_fourteen_pages_are_there(client):
    assert [each.title for each in PAGES.values()] == TITLES
    menu = client.get("/developers").content.decode()
    for each in PAGES.values():
        assert f'href="{each.path}"' in menu


# --- Actions and parameters -----------------------------------------------------------------------------------------


def test_every_action_has_its_page_and_its_line_in_the_overview(page, markdown, openapi):
    assert set(ACTIONS) == set(PARAMETERS) == set(DESCRIBED_ON)
    listed = [row[0] for row in page("overview").rows if row[0] in PARAMETERS]
    assert sorted(listed) == sorted(PARAMETERS)
    named = openapi["paths"]["/api/v2"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    assert set(named["schema"]["discriminator"]["mapping"]) == set(PARAMETERS)
    for action, on in DESCRIBED_ON.items():
        assert f"with `action={action}`" in markdown(on.slug)


@pytest.mark.parametrize("action", PARAMETERS)
def test_every_parameter_is_declared_and_stands_in_its_action_s_table(action, page, markdown, openapi):
    names = PARAMETERS[action].split()
    assert [each.name for each in ACTIONS[action].parameters] == names
    slug = DESCRIBED_ON[action].slug
    assert [row[0] for row in within(page(slug).rows, action)[0]] == names
    for name in names:
        assert f"\n| `{name}` | " in markdown(slug)
    schema = openapi["components"]["schemas"][f"{action}.request"]
    assert list(schema["properties"]) == ["key", "action", *names]
    assert schema["required"] == ["key", "action", *NEEDED.get(action, "").split()]
    assert schema["properties"]["action"]["const"] == action
    for name in names:
        assert schema["properties"][name]["description"]


@pytest.mark.parametrize("action", PARAMETERS)
def test_every_parameter_is_said_to_be_needed_or_not(action, page):
    for name, needed, *_ in within(page(DESCRIBED_ON[action].slug).rows, action)[0]:
        assert needed.startswith("yes") == (name in NEEDED.get(action, "").split()), name


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ERRORS)
def test_every_error_of_an_action_stands_in_its_table_with_status_body_and_cause(action, page, markdown):
    own = ERRORS[action].split()
    assert [each.__name__ for each in ACTIONS[action].errors] == own
    names = [*own, *OF_ANY.split(), *([READ_ONLY] if action in CHANGING else [])]
    assert {each.__name__ for each in refusals.kinds(ACTIONS[action])} == set(names)
    slug = DESCRIBED_ON[action].slug
    shown = {row[1]: row for row in within(page(slug).rows, action)[1][1:]}
    assert set(shown) == {body_of(name) for name in names}
    for name in names:
        status, body, cause, classic = shown[body_of(name)]
        assert status == str(WORDINGS[name].status)
        assert cause
        assert classic
        assert f"| {status} | `{body}` | " in markdown(slug)


def test_every_error_there_is_stands_once_on_the_page_of_errors_and_in_the_document(page, markdown, openapi):
    everything = {*TRANSPORT.split(), *OF_ANY.split(), READ_ONLY, "UnknownAction"} | set(
        " ".join(ERRORS.values()).split()
    )
    assert {each.__name__ for each in REFUSALS} == everything == set(WORDINGS)
    bodies = [row[1] for row in page("errors").rows if row[1].startswith("{")]
    assert sorted(bodies) == sorted(map(body_of, everything))
    responses = openapi["paths"]["/api/v2"]["post"]["responses"]
    shown = {
        (status, name): example["value"]["error"]
        for status, response in responses.items()
        for name, example in response.get("content", {}).get("application/json", {}).get("examples", {}).items()
    }
    assert shown == {(str(WORDINGS[name].status), name): text_of(name) for name in everything}
    for name in everything:
        assert f"`{body_of(name)}`" in markdown("errors")


# --- Events, statuses, headers ----------------------------------------------------------------------------------------


def test_every_event_stands_on_the_page_of_webhooks_with_when_and_a_body(page, markdown, openapi):
    events = EVENTS.split()
    assert list(KINDS) == events
    shown = page("manage-webhooks")
    assert [row[0] for row in shown.rows if row[0] in KINDS] == events
    assert list(openapi["webhooks"]) == events
    bodies = [orjson.loads(code)["type"] for kind, code in shown.programs if kind == "json" and '"timestamp"' in code]
    assert sorted(set(bodies)) == sorted(events)
    for event in events:
        assert f"events-{event.replace('.', '-')}" in shown.ids
        assert f"| `{event}` | {KINDS[event]} |" in markdown("manage-webhooks")
        assert openapi["components"]["schemas"][event]["properties"]["type"]["enum"] == [event]


def test_every_status_of_an_order_is_explained(page):
    rows = {row[0]: row[1:] for row in page("order-status").rows}
    words = {"pending": "Pending", "processing": "Processing", "in_progress": "In progress", "completed": "Completed"}
    words |= {"partial": "Partial", "canceled": "Canceled", "failed": "Canceled"}
    assert set(ACTIONS["status"].words["status"]) == set(words)
    for status, word in words.items():
        assert rows[status][0] == word
        assert rows[status][1]


def test_every_header_of_the_rate_limits_is_explained(page, openapi):
    assert list(HEADERS) == LIMIT_HEADERS.split()
    assert [row[0] for row in page("rate-limits").rows if row[0] in HEADERS] == LIMIT_HEADERS.split()
    assert set(HEADERS) <= set(openapi["components"]["headers"])


def test_an_endpoint_says_what_is_to_be_known_before_it_is_called(page):
    for action, on in DESCRIBED_ON.items():
        words = " ".join(page(on.slug).words)
        assert "key required" in words
        assert "form body" in words
        free = action == "balance"
        assert ("free: spends no rate limit" in words) == free
        for layer in ("per key", "per tier", "per IP"):
            assert (f"rate limited {layer}" in words) != free
        assert f"with {'action=' + action}" in " ".join(words.split())
