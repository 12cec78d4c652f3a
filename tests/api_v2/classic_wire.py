"""Classic programs on a real connection to a real server: curl, HTTP/1.0, chunks, and bytes that no URL may have."""

import subprocess
from urllib.parse import quote

import orjson
import pytest

from orders.models import Order
from tests.api_v2.conftest import LINK
from tests.api_v2.hostile_wire import CHUNKED, Server, request, sized
from tests.api_v2.hostile_wire import server as server  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)

BALANCE = b'{"balance":"100.00","currency":"USD"}'


@pytest.fixture
def alice(person):
    """A reseller whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


def curl(server: Server, query: str, *arguments: str) -> bytes:
    """Call with curl, as an old program's documentation has it, and return the body."""
    url = f"http://127.0.0.1:{server.port}/api/v2?{query}"
    ran = subprocess.run(["curl", "-s", "-S", "--max-time", "20", *arguments, url], capture_output=True, check=True)
    return ran.stdout


def said(received: bytes) -> tuple[int, bytes]:
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def line(method: str, query: str, version: str = "HTTP/1.1") -> bytes:
    return f"{method} /api/v2?{query} {version}".encode()


def test_a_program_calls_in_whatever_way_it_knows(server, alice):
    query = f"key={alice.key}&action=balance"
    assert curl(server, query) == BALANCE
    for arguments in (
        ("-X", "POST"),
        ("--http1.0",),
        ("--http1.0", "-X", "POST"),
        ("--http2-prior-knowledge",),
        ("-d", ""),
        ("-H", "Content-Type: application/json", "-X", "POST"),
        ("-H", "Content-Type: application/json", "-X", "POST", "-d", '{"action": "services"}'),
        ("-H", "Transfer-Encoding: chunked", "-d", "a=1"),
        ("-G", "-d", "a=1"),
        ("-X", "GET", "-d", "action=services"),
    ):
        assert curl(server, query, *arguments) == BALANCE, arguments
    body = orjson.dumps({"key": alice.key, "action": "balance"}).decode()
    for arguments in (
        ("-d", body),
        ("-H", "Content-Type: application/json", "-H", "Transfer-Encoding: chunked", "-d", body),
    ):
        assert curl(server, "", *arguments) == BALANCE, arguments
    assert curl(server, "", "-F", f"key={alice.key}", "-F", "action=balance") == BALANCE
    # A HEAD, and a method that nobody has.
    assert said(server.exchange(request(line=line("HEAD", query)))) == (200, b"")
    assert said(server.exchange(request(line=line("OPTIONS", query)))) == (200, b'{"error":"Incorrect request"}')


def test_an_order_is_placed_once_whole_and_for_the_link_that_was_meant(server, alice, service):
    query = f"key={alice.key}&action=add&service={service.pk}&quantity=100&link="
    order = {"key": alice.key, "action": "add", "service": service.pk, "quantity": 100, "link": LINK}
    cyrillic = "https://example.com/\u043f\u00fc"
    received = [
        server.exchange(request(line=line("GET", query + cyrillic))),  # in its bytes
        server.exchange(request(line=line("POST", query + quote(cyrillic, safe="")))),  # encoded: the same order again
        server.exchange(request(line=line("GET", query + "https://example.com/p?a=1&b=2", "HTTP/1.0"))),
        server.exchange(_in_chunks(orjson.dumps(order))),
    ]
    links = list(Order.objects.order_by("id").values_list("link", flat=True))
    assert links == [cyrillic, "https://example.com/p?a=1", LINK]
    one, two, three = Order.objects.order_by("id").values_list("pk", flat=True)
    assert [said(each) for each in received] == [(200, b'{"order":%d}' % each) for each in (one, one, two, three)]


def test_what_may_have_been_cut_short_orders_nothing(server, alice, service):
    order = {"key": alice.key, "action": "add", "service": service.pk, "quantity": 1000, "link": LINK}
    form = "&".join(f"{name}={value}" for name, value in order.items())
    json = orjson.dumps(order)
    refused = (200, b'{"error":"Incorrect request"}')
    query = line("POST", form)
    for name, sent, expected in (
        ("a form in chunks", _in_chunks(form.encode()), refused),
        ("chunks beside a query", _in_chunks(b"quantity=10", query), refused),
        ("chunks of nothing beside a query", request(b"0\r\n\r\n", CHUNKED, line=query), refused),
        ("a short body beside a query", request(b"quantity=1", b"Content-Length: 13", line=query), refused),
        ("a short object", _in_chunks(json[:-1]), (400, b'{"error":"Malformed request body"}')),
        ("a byte that is no UTF-8", request(line=query.replace(b"example", b"\xff")), (400, b"")),
        ("a space", request(line=query.replace(b"example", b"exa mple")), (400, b"")),
        ("over 64 kB", request(line=query.replace(b"example", b"x" * 70_000)), (414, b"")),
    ):
        assert said(server.exchange(sent, hang_up=name == "a short body beside a query")) == expected, name
        assert Order.objects.count() == 0, name
    assert said(server.exchange(sized(form.encode()))) == (200, b'{"order":%d}' % Order.objects.get().pk)


def _in_chunks(body: bytes, first: bytes = b"POST /api/v2 HTTP/1.1") -> bytes:
    sent = request(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), CHUNKED, line=first)
    return sent.replace(b"x-www-form-urlencoded", b"json") if body.startswith(b"{") else sent
