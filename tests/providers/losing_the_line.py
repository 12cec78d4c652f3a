"""Where the connection fails: before sending nothing is lost, after it nothing is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers import connecting
from providers.outcomes import NotSent, Placed, Unknown
from tests.providers.ordering_once import HASTY, add, outcome_of
from tests.providers.scripted import (
    Script,
    ScriptedPanel,
    answering,
    certificate,
    closed_port,
    dripping,
    resetting,
    sending,
    silent,
    tls_server,
    unanswered_port,
)


def test_a_read_time_out_is_unknown() -> None:
    assert outcome_of(silent, HASTY) == Unknown("no whole answer within 0.5 s")


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\n", b'HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"order": 1}'],
    ids=["before the status", "in the headers", "in the body"],
)
def test_the_limit_is_on_the_whole_exchange_however_steadily_it_drips(start: bytes) -> None:
    each = b"x" if not start or start.endswith(b"}") else b"X-A: b\r\n"
    outcome = outcome_of(dripping(start, each), HASTY)
    assert isinstance(outcome, Unknown)
    assert outcome.why == "no whole answer within 0.5 s"


def test_a_reset_after_sending_is_unknown() -> None:
    expected = Unknown("the connection failed after sending: [Errno 104] Connection reset by peer")
    assert outcome_of(resetting) == expected


def test_an_end_without_an_answer_is_unknown() -> None:
    expected = Unknown("the connection failed after sending: Remote end closed connection without response")
    assert outcome_of(sending(b"")) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"order": 12}',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ord',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{"order": 12}\r\n',
    ],
)
def test_half_an_answer_is_unknown_even_where_the_half_can_be_read(raw: bytes) -> None:
    outcome = outcome_of(sending(raw))
    assert isinstance(outcome, Unknown)
    assert outcome.why == "the connection ended in the middle of the answer"


def test_what_came_of_half_an_answer_is_kept_for_the_operator() -> None:
    outcome = outcome_of(sending(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"order": 12}'))
    assert outcome.answer == '{"order": 12}'


def test_an_answer_that_is_not_http_is_unknown() -> None:
    for raw in (b"SSH-2.0-OpenSSH\r\n", b"\x00" * 100, b"HTTP/1.1 nonsense\r\n\r\n"):
        assert isinstance(outcome_of(sending(raw)), Unknown)


def test_a_refused_connection_is_not_sent() -> None:
    port = closed_port()
    expected = NotSent(f"127.0.0.1 refuses connections on port {port}")
    assert add(f"http://127.0.0.1:{port}/api/v2") == expected


def test_a_name_that_does_not_exist_is_not_sent() -> None:
    outcome = add("http://panel.invalid/api/v2")
    assert isinstance(outcome, NotSent)
    assert "panel.invalid" in outcome.why


@pytest.mark.parametrize("name", ["a" * 70 + ".example", ".example", "a..example"])
def test_a_name_that_cannot_be_asked_for_is_not_sent(name: str) -> None:
    assert isinstance(add(f"http://{name}/api/v2"), NotSent)


def test_a_connect_time_out_is_not_sent() -> None:
    with unanswered_port() as port:
        outcome = add(f"http://127.0.0.1:{port}/api/v2", HASTY)
    assert outcome == NotSent("no connection to 127.0.0.1 within 0.5 s")


def test_a_certificate_that_nobody_vouches_for_is_not_sent(tmp_path: Path) -> None:
    with ScriptedPanel(answering(b'{"order": 1}'), tls_server(certificate(tmp_path))) as panel:
        outcome = add(panel.url)
    assert outcome == NotSent("the certificate of 127.0.0.1 is not valid: self-signed certificate")
    assert panel.requests == []


def test_a_port_without_tls_is_not_sent() -> None:
    with ScriptedPanel(answering(b'{"order": 1}')) as panel:
        assert isinstance(add(panel.url.replace("http:", "https:"), HASTY), NotSent)
    assert panel.requests == []


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A certificate that this process vouches for, as an operator's own authority would be."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    connecting.tls_context.cache_clear()
    yield path
    connecting.tls_context.cache_clear()


def test_places_over_tls(trusted: Path) -> None:
    with ScriptedPanel(answering(b'{"order": 1}'), tls_server(trusted)) as panel:
        assert add(panel.url) == Placed("1", '{"order": 1}')


@pytest.mark.parametrize("script", [resetting, sending(b""), sending(b"HTTP/1.1 200 OK\r\nContent-Le")])
def test_an_error_of_tls_after_sending_is_unknown(trusted: Path, script: Script) -> None:
    with ScriptedPanel(script, tls_server(trusted)) as panel:
        assert isinstance(add(panel.url), Unknown)
    assert len(panel.requests) == panel.connections == 1


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedPanel(answering(b'{"order": 2}')) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert outcome_of(answering(b'{"order": 1}')) == Placed("1", '{"order": 1}')
    assert proxy.connections == 0
