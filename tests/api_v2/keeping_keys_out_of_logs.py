"""Keys in query strings, which old programs put there, reach no log: whatever comes of the request, by either door."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as panel

from accounts import keys
from api_v2.actions import ACTIONS
from notpanel.logs import Scrub, scrubbed, scrubbed_line
from tests.conftest import call_wsgi, wsgi_environ

pytestmark = pytest.mark.django_db

KEY = keys.new_key()
BODY = KEY.removeprefix("np_live_")
ESCAPED = KEY.replace("_", "%5F")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at every level, written as the panel's own settings have it."""
    written = io.StringIO()
    logging_of_panel: dict[str, Any] = panel.LOGGING
    formatter, handler = logging_of_panel["formatters"]["line"], logging.StreamHandler(written)
    assert logging_of_panel["handlers"]["stderr"]["filters"] == ["scrub"]
    handler.addFilter(Scrub())
    handler.setFormatter(logging.Formatter(formatter["format"], style=formatter["style"]))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def get(path: str, query: str, **environ: Any):
    return call_wsgi(wsgi_environ(REQUEST_METHOD="GET", PATH_INFO=path, QUERY_STRING=query, **environ))


def test_a_call_that_is_answered_or_refused_is_not_logged(person, log):
    alice = person("alice", dialect="classic")
    for key, status in ((alice.key, 200), (alice.key.replace("_", "%5F"), 200), (KEY, 400), (ESCAPED, 400)):
        referer = {"HTTP_REFERER": f"https://panel.example/?key={key}"}
        for action in ("balance", "services", "add", "destroy"):
            assert get("/api/v2", f"key={key}&action={action}", **referer).status == status
        assert get("/api/v2/", f"key={key}&" + "a=1&" * 1000).status == 400
        assert get("/api/v2/orders", f"key={key}").status == 404
        assert get("/api/v2", f"key={key}", HTTP_HOST="elsewhere.example").status == 400
    assert "np_live" not in log.getvalue()
    assert alice.key[8:] not in log.getvalue()


def test_a_call_that_breaks_inside_is_logged_with_its_trace_and_without_its_key(person, log, monkeypatch):
    alice = person("alice", dialect="classic")

    def run(self, caller, params):
        query = f"key={alice.key}&action=balance"
        raise KeyError(query)

    monkeypatch.setattr(type(ACTIONS["balance"]), "run", run)
    answer = get("/api/v2", f"key={alice.key}&action=balance")
    assert (answer.status, answer.json) == (500, {"error": "Internal server error"})
    assert "KeyError: 'key=np_live_…&action=balance'" in log.getvalue()
    assert alice.key[8:] not in log.getvalue()


@pytest.mark.parametrize("key", [KEY, ESCAPED], ids=["as it is", "escaped"])
def test_a_call_at_another_address_of_the_panel_is_logged_without_its_key(db, log, key):
    query = f"key={key}&action=balance"
    referer = {"HTTP_REFERER": f"http://localhost/api/v2?{query}"}
    assert get("/api/v1", query, **referer).status == 404
    assert get(f"/{key}", query, **referer).status == 404
    assert get("/dashboard", query, **referer).status == 302
    assert get("/admin", query, **referer).status == 301
    assert get("/admin/", query, **referer).status == 302
    posted = wsgi_environ(b"a=1", PATH_INFO="/admin/login/", QUERY_STRING=query) | referer
    assert call_wsgi(posted).status == 403  # without a token against forgery
    over_https = {"wsgi.url_scheme": "https", "HTTP_COOKIE": f"csrftoken={'a' * 32}"}
    elsewhere = {"HTTP_REFERER": f"http://elsewhere.example/?{query}"}
    assert call_wsgi(posted | over_https | elsewhere).status == 403
    assert get("/", query, HTTP_HOST=key).status == 400
    for line in ("Not Found: /api/v1", "Forbidden (", "Invalid HTTP_HOST header"):
        assert line in log.getvalue()
    assert BODY not in log.getvalue()


def test_a_page_that_breaks_is_logged_without_what_stood_in_its_query(db, log, monkeypatch):
    def broken(request):
        raise RuntimeError(f"{request!r}")

    monkeypatch.setattr("dashboard.context.theme_of", broken)
    assert get("/robots.txt", f"key={KEY}").status == 200  # the control: it asks for no colours
    assert get("/accounts/login/", f"key={KEY}").status == 500
    assert "RuntimeError: <WSGIRequest: GET '/accounts/login/?key=np_live_…'>" in log.getvalue()
    assert BODY not in log.getvalue()


# --- The scrubbing itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key={KEY}&a=1", "key=np_live_…&a=1"),
        (f"key={ESCAPED}&a=1", "key=np%5Flive%5F…&a=1"),
        (f"key={KEY.replace('_', '%5f')}", "key=np%5flive%5f…"),
        (f"{KEY} and {KEY}", "np_live_… and np_live_…"),
        ("whsec_c2VjcmV0/+==", "whsec_…"),
        ("np_live_ and np_live", "np_live_ and np_live"),
    ],
    ids=["in a query", "escaped", "escaped in small letters", "twice", "a webhook's", "no key"],
)
def test_a_secret_is_cut_down_to_its_prefix(text, left):
    assert scrubbed(text) == left
    assert scrubbed_line(b"\xff " + text.encode()) == b"\xff " + left.encode()


def test_a_trace_that_another_handler_wrote_before_is_scrubbed_all_the_same():
    record = logging.LogRecord("a", logging.ERROR, "", 0, "%s", (KEY,), None, sinfo=f"Stack: {KEY}")
    record.exc_text = f"ValueError: {KEY}"
    assert Scrub().filter(record)
    assert (record.getMessage(), record.exc_text, record.stack_info) == (
        "np_live_…",
        "ValueError: np_live_…",
        "Stack: np_live_…",
    )
