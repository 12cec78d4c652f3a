"""The receiver that the tests of delivering rest on does what it is told."""

import socket
import threading
from http.client import HTTPConnection, RemoteDisconnected

import pytest

from tests.webhooks import receiver as answers
from tests.webhooks.receiver import Receiver


@pytest.fixture
def client(receiver):
    """A connection to it that is kept open."""
    client = HTTPConnection("127.0.0.1", receiver.port, timeout=30)
    yield client
    client.close()


def post(client, path="/", body=b"{}", **headers):
    client.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    return answer.status, answer.read()


def test_keeps_what_it_got_over_one_connection(receiver, client):
    assert post(client, "/a?b=c", b"first", Webhook_Id="evt_1") == (204, b"")
    assert post(client, "/", b"second") == (204, b"")
    first, second = receiver.got
    assert (first.method, first.path, first.body, first.headers["webhook-id"]) == ("POST", "/a?b=c", b"first", "evt_1")
    assert second.body == b"second"
    assert first.at <= second.at
    assert receiver.connections == 1


def test_answers_as_it_is_told(receiver, client):
    receiver.answers = [answers.status(500, b"oh", retry_after="7"), answers.big(3), answers.gone]
    receiver.at["/elsewhere"] = answers.redirect("http://example.com/")
    assert [post(client, path)[0] for path in ("/", "/elsewhere", "/", "/", "/")] == [500, 302, 200, 410, 204]


def test_takes_a_body_that_comes_in_pieces(receiver):
    with socket.create_connection(("127.0.0.1", receiver.port)) as line:
        line.sendall(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab")
        line.sendall(b"cd")
        assert receiver.wait_for(1)[0].body == b"abcd"


def test_drops_the_connection(receiver, client):
    receiver.otherwise = answers.drop
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        post(client)
    assert len(receiver.got) == 1


def test_drops_the_connection_in_the_middle_of_the_headers(receiver):
    receiver.otherwise = answers.drop_in_the_headers
    with socket.create_connection(("127.0.0.1", receiver.port)) as line, line.makefile("rb") as answer:
        line.sendall(b"POST / HTTP/1.1\r\n\r\n")
        assert answer.read() == b"HTTP/1.1 200 OK\r\nContent-Le"


def test_hangs_until_it_is_released(receiver, client):
    receiver.otherwise = answers.hang
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(post(client)))
    waiting.start()
    receiver.wait_for_held(1)
    assert seen == []
    receiver.release(answers.status(201))
    waiting.join()
    assert seen == [(201, b"")]
    assert receiver.held == 0


def test_drips_and_never_ends(receiver):
    receiver.at |= {"/drip": answers.drip(0.001), "/endless": answers.endless}
    for path in receiver.at:
        with HTTPConnectionFor(receiver) as client:
            client.request("POST", path, b"")
            assert client.getresponse().read(20) == b"x" * 20


class HTTPConnectionFor(HTTPConnection):
    """A connection that is closed at the end of its block."""

    def __init__(self, receiver):
        super().__init__("127.0.0.1", receiver.port, timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def test_leaves_no_thread_and_no_open_port():
    before = threading.active_count()
    with Receiver() as receiver:
        receiver.otherwise = answers.hang
        line = socket.create_connection(("127.0.0.1", receiver.port))
        line.sendall(b"POST / HTTP/1.1\r\n\r\n")
        receiver.wait_for_held(1)
    with line:
        assert _is_cut(line)
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", receiver.port))


def _is_cut(line):
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True
