"""What is posted, and what is made of each thing that a receiver can answer."""

import gzip
import threading
import tomllib
from pathlib import Path

import pytest

from kit import clock
from tests.waiting import wait_until
from tests.webhooks.attempts import KEY, after, answer, message, outcome, tried
from tests.webhooks.receiver import big, drip, drop, drop_in_the_headers, endless, hang, raw, retry_after, status
from webhooks import posting, signing
from webhooks.answers import LONGEST_EXCERPT, LONGEST_OF_SUCCESS
from webhooks.outcomes import Answered, NotAnswered, NotBegun, OurFault
from webhooks.sender import Sender

pytestmark = pytest.mark.usefixtures("locally")
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.fixture
def sender():
    with Sender() as sender:
        yield sender


@pytest.fixture
def impatient(settings):
    """A sender that waits half a second."""
    settings.WEBHOOK_TIMEOUT = 0.5
    with Sender() as sender:
        yield sender


@pytest.fixture
def kept(monkeypatch):
    """Connections wait to be used again for longer than a test lasts."""
    monkeypatch.setattr(posting, "IDLE", 600)


def test_posts_the_very_bytes_with_headers_of_ours_only(sender, receiver):
    body = '{"text":"ä\\u0000"}'.encode()
    (done,) = tried(sender, message(receiver.url + "a/b?c=%2F&d=ä", body))
    (got,) = receiver.got
    assert (got.method, got.path, got.body) == ("POST", "/a/b?c=%2F&d=%C3%A4", body)
    timestamp = int(done.at.timestamp())
    assert got.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "user-agent": f"NotPanel-Webhooks/{posting.VERSION}",
        "accept": "*/*",
        **signing.headers(done.message.event_id, timestamp, body, (KEY,)),
    }
    assert done.outcome == Answered(204)


def test_says_the_version_that_is_running():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == posting.VERSION


def test_takes_no_proxy_and_no_password_from_the_environment(sender, receiver, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    assert outcome(sender, receiver.url) == Answered(204)
    assert "authorization" not in receiver.got[0].headers


def test_sends_no_cookie_back(sender, receiver):
    receiver.answers = [status(200, set_cookie="a=b")]
    outcome(sender, receiver.url)
    outcome(sender, receiver.url)
    assert "cookie" not in receiver.got[1].headers


@pytest.mark.parametrize("code", [200, 201, 299, 302, 400, 404, 410, 429, 500, 503])
def test_tells_the_status(code, sender, receiver):
    receiver.otherwise = raw(f"HTTP/1.1 {code} So\r\nContent-Length: 2\r\n\r\nno".encode())
    assert outcome(sender, receiver.url) == Answered(code, "no")


@pytest.mark.parametrize("code", ["000", "099", "600", "999"])
def test_a_status_that_there_is_none_of_is_no_answer(code, sender, receiver):
    receiver.otherwise = raw(f"HTTP/1.1 {code} So\r\nContent-Length: 2\r\n\r\nno".encode())
    assert outcome(sender, receiver.url) == NotAnswered(f"the answer is not HTTP: status {int(code)}")


def test_keeps_the_beginning_of_the_body_as_text(sender, receiver):
    receiver.otherwise = status(500, b"a\x00b\x1b[31mc\xff\r\nd\te\xe2\x80\xae" + b"x" * 5000)
    excerpt = answer(sender, receiver.url).excerpt
    assert excerpt.startswith("ab[31mc\ufffd\nd\tex")
    assert LONGEST_EXCERPT - 9 < len(excerpt) <= LONGEST_EXCERPT


@pytest.mark.parametrize("what", [big(), endless], ids=["10 MB", "endless"])
def test_the_status_counts_and_the_rest_of_a_long_body_is_not_read(what, sender, receiver):
    receiver.otherwise = what
    assert outcome(sender, receiver.url) == Answered(200, "x" * LONGEST_OF_SUCCESS)
    wait_until(lambda: not receiver.open, "the connection is closed")


def test_a_connection_whose_answer_was_read_is_used_again(kept, receiver):
    receiver.otherwise = status(200, b"thanks")
    with Sender() as sender:
        for _ in range(3):
            assert outcome(sender, receiver.url) == Answered(200, "thanks")
    assert receiver.connections == 1


def test_a_connection_that_was_closed_after_an_answer_is_no_failure(kept, receiver):
    # It does not say so, and closes when the next request is here: the race that a kept connection always has.
    receiver.answers = [status(200), drop, status(201)]
    with Sender() as sender:
        assert outcome(sender, receiver.url) == Answered(200)
        assert answer(sender, receiver.url).status == 201
    assert receiver.connections == 2


def test_a_connection_closed_twice_is_a_failure(kept, receiver):
    receiver.answers = [status(200), drop, drop]
    with Sender() as sender:
        assert outcome(sender, receiver.url) == Answered(200)
        assert outcome(sender, receiver.url) == NotAnswered("the connection was closed before an answer")
    assert len(receiver.got) == 3


def test_a_body_that_drips_ends_at_the_time_out_and_counts(impatient, receiver):
    receiver.otherwise = drip(0.1)
    found = answer(impatient, receiver.url)
    assert found.status == 200
    assert set(found.excerpt) == {"x"}
    wait_until(lambda: not receiver.open, "the connection is closed")


def test_a_body_that_breaks_off_counts(sender, receiver):
    receiver.otherwise = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nth")
    assert outcome(sender, receiver.url) == Answered(200, "th")


def test_no_answer_within_the_time_out(impatient, receiver):
    receiver.otherwise = hang
    (done,) = tried(impatient, message(receiver.url))
    assert done.outcome == NotAnswered("no answer within 0.5 s")
    assert done.ms >= 500
    wait_until(lambda: not receiver.open, "the connection is closed")


def test_headers_that_drip_end_at_the_time_out(impatient, receiver):
    def dripping(connection):
        connection.transport.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        connection.go_on_writing(b"x", 0.1)

    receiver.otherwise = dripping
    assert outcome(impatient, receiver.url) == NotAnswered("no answer within 0.5 s")


def test_a_look_up_that_takes_too_long_ends_at_the_time_out(settings):
    settings.WEBHOOK_TIMEOUT = 0.5
    over = threading.Event()
    try:
        with Sender(look_up=after(over, lambda _: [])) as sender:
            assert outcome(sender, "http://hooks.example/") == NotAnswered("no answer within 0.5 s")
    finally:
        over.set()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (drop, "the connection was closed before an answer"),
        (drop_in_the_headers, "the connection was closed before an answer"),
        (raw(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "the answer is not HTTP"),
        (raw(b"\x16\x03\x01\x00\xff" * 100), "the answer is not HTTP"),
        (raw(b"HTTP/1.1 abc OK\r\n\r\n"), "the answer is not HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), "the answer is not HTTP"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), "the answer is not HTTP"),
    ],
    ids=["dropped", "in the headers", "SSH", "TLS", "no status", "1000 headers", "a long header"],
)
def test_what_is_no_answer_is_told_in_words(what, said, sender, receiver):
    receiver.otherwise = what
    assert outcome(sender, receiver.url) == NotAnswered(said)


def test_a_gzip_bomb_is_not_unpacked(sender, receiver):
    bomb = gzip.compress(b"\0" * 3_000_000)
    assert len(bomb) < 4096
    receiver.otherwise = status(200, bomb, content_encoding="gzip")
    found = answer(sender, receiver.url)
    assert found.status == 200
    assert 0 < len(found.excerpt) <= LONGEST_EXCERPT


def test_nobody_listens(sender, receiver):
    with Sender(look_up=lambda _: ["127.0.0.9"]) as other:
        assert outcome(other, f"http://hooks.example:{receiver.port}/") == NotAnswered("connection refused")


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("99999999", 99_999_999),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        (DATE, 0),
        ("Wed, 31 Dec 2025 23:59:59 GMT", None),
        ("-7", None),
        ("7.5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
        ("Thu, 99 Foo 2026 00:00:30 GMT", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(asked, seconds, sender, receiver, monkeypatch):
    now = 1_767_225_600.0  # DATE
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    receiver.otherwise = retry_after(asked)
    sender.send([message(receiver.url)])
    (done,) = sender.outcomes(60)
    assert done.outcome == Answered(503, "", seconds)


def test_an_http_url_is_not_used_once_http_is_not_allowed(receiver, settings):
    settings.WEBHOOK_ALLOW_HTTP = False
    with Sender() as sender:
        found = outcome(sender, receiver.url)
    assert found == NotAnswered("not a URL that webhooks are sent to: not an https URL")
    assert receiver.connections == 0


def test_an_error_that_nobody_foresaw_ends_one_attempt_only(receiver, caplog):
    def broken(name):
        raise RuntimeError("a secret")

    with Sender(look_up=broken) as sender:
        found = outcome(sender, "http://hooks.example/")
        assert found == OurFault("an unexpected error; the log has it")
        assert outcome(sender, receiver.url) == Answered(204)
    assert "a secret" in caplog.text


def test_at_one_endpoint_only_so_many_are_under_way_in_the_order_given(receiver):
    receiver.otherwise = hang
    with Sender(per_endpoint=2) as sender:
        messages = [message(receiver.url, endpoint=1) for _ in range(6)]
        sender.send(messages)
        for given in (2, 4, 6):
            receiver.wait_for_held(2)
            # In the order given, two by two: which of two at once comes first is the network's affair.
            assert {each.headers["webhook-id"] for each in receiver.got} == {each.event_id for each in messages[:given]}
            assert receiver.held == 2
            receiver.release()
            receiver.wait_for(min(given + 2, 6))
        assert sender.under_way == 6
        found = []
        while sender.under_way:
            found += sender.outcomes(60)
        assert {each.outcome for each in found} == {Answered(204)}


def test_an_endpoint_that_hangs_holds_up_no_other(receiver):
    receiver.at["/hang"] = hang
    with Sender(per_endpoint=1) as sender:
        sender.send(message(receiver.url + "hang", endpoint=1) for _ in range(50))
        receiver.wait_for_held(1)
        assert {each.outcome for each in tried(sender, *(message(receiver.url) for _ in range(20)))} == {Answered(204)}
        assert receiver.held == 1
        assert sender.under_way == 50


def test_what_could_not_begin_in_time_is_said_without_waiting_for_its_turn(receiver):
    receiver.otherwise = hang
    with Sender(per_endpoint=1) as sender:
        sender.send([message(receiver.url, endpoint=1)])
        receiver.wait_for_held(1)
        (late,) = tried(sender, message(receiver.url, endpoint=1, lasts=-1))
        assert late.outcome == NotBegun()
        assert sender.under_way == 1
    assert len(receiver.got) == 1


def test_what_comes_too_late_is_not_begun_though_nothing_is_under_way(sender, receiver):
    (late,) = tried(sender, message(receiver.url, lasts=-1))
    assert (late.outcome, late.ms, receiver.connections) == (NotBegun(), 0, 0)


def test_leaving_cancels_what_is_under_way_and_says_nothing_of_it(receiver):
    receiver.otherwise = hang
    with Sender() as sender:
        sender.send([message(receiver.url), message(receiver.url)])
        receiver.wait_for_held(2)
    assert sender.outcomes(0) == []
    assert sender.under_way == 2
    wait_until(lambda: not receiver.open, "the connection is closed")
    assert "webhooks-sender" not in {each.name for each in threading.enumerate()}


def test_what_could_not_be_begun_is_raised_where_it_was_asked_for(settings):
    settings.WEBHOOK_PROXY = "http://[::1"
    with pytest.raises(ValueError, match="Invalid"), Sender():
        pass
