"""How a request may arrive over HTTP, and that every answer to it is JSON."""

import gzip
import io

import orjson
import pytest

from orders.models import Order
from tests.api_v2.conftest import everything
from tests.conftest import call_wsgi, wsgi_environ

pytestmark = pytest.mark.django_db

BALANCE = {"balance": "100.00", "currency": "USD"}
BOUNDARY = "x-boundary-1"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(*fields: tuple[str, str], end: str = "--") -> bytes:
    parts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    return f"{parts}--{BOUNDARY}{end}\r\n".encode()


def send(body: bytes, **environ):
    return call_wsgi(wsgi_environ(body, **environ))


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/"])
def test_both_spellings_of_the_address_answer_directly(post, alice, path):
    answer = post(key=alice.key, action="balance", environ={"PATH_INFO": path})
    assert (answer.status, answer.json) == (200, BALANCE)
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v2/orders", "/api/v2//", "/api/v2/..", "/api/v2/\xff", "/api/v2/\0"])
def test_what_lies_under_it_is_not_found_and_json_too(post, alice, path):
    answer = post(key=alice.key, action="balance", environ={"PATH_INFO": path})
    assert (answer.status, answer.json) == (404, {"error": "Not found"})
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POST "])
def test_other_methods_are_told_to_use_post(post, alice, method):
    answer = post(key=alice.key, action="balance", environ={"REQUEST_METHOD": method})
    assert (answer.status, answer.json) == (400, {"error": "Use POST"})
    assert answer.headers["Content-Type"] == "application/json"


def test_head_is_told_the_same_without_a_body(post, alice):
    answer = post(key=alice.key, action="balance", environ={"REQUEST_METHOD": "HEAD"})
    assert (answer.status, answer.body) == (400, b"")
    assert answer.headers["Content-Length"] == str(len(b'{"error":"Use POST"}'))


def test_a_get_with_everything_in_its_query_is_told_to_use_post(alice):
    answer = send(b"", REQUEST_METHOD="GET", QUERY_STRING=f"key={alice.key}&action=balance")
    assert (answer.status, answer.json) == (400, {"error": "Use POST"})


@pytest.mark.parametrize(
    "host", ["evil.example", "", "localhost.evil.example", "a b", "[::1", "localhost@evil", "x" * 60_000, "\xff", "a,b"]
)
def test_an_unknown_host_gets_json_too(post, alice, host):
    answer = post(key=alice.key, action="balance", environ={"HTTP_HOST": host})
    assert (answer.status, answer.json) == (400, {"error": "Invalid host"})
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST", "localhost.", "127.0.0.1:1", "[::1]:80"])
def test_a_known_host_is_known_however_it_is_written(post, alice, host):
    assert post(key=alice.key, action="balance", environ={"HTTP_HOST": host}).json == BALANCE


def test_a_host_that_the_operator_has_just_allowed_is_known(post, alice, settings):
    there = {"HTTP_HOST": "panel.example"}
    assert post(key=alice.key, action="balance", environ=there).json == {"error": "Invalid host"}
    settings.ALLOWED_HOSTS = ["panel.example"]
    assert post(key=alice.key, action="balance", environ=there).json == BALANCE


def test_a_key_in_a_header_or_the_query_or_json_is_no_key(alice):
    body = orjson.dumps({"key": alice.key, "action": "balance"})
    ways = [
        send(b"action=balance", HTTP_AUTHORIZATION=f"Bearer {alice.key}"),
        send(b"action=balance", HTTP_X_API_KEY=alice.key, HTTP_API_KEY=alice.key),
        send(b"action=balance", HTTP_COOKIE=f"key={alice.key}"),
        send(b"", QUERY_STRING=f"key={alice.key}&action=balance"),
        send(b"action=balance", QUERY_STRING=f"key={alice.key}"),
        send(body, CONTENT_TYPE="application/json"),
        send(body),
        send(f"key={alice.key}&action=balance".encode(), CONTENT_TYPE="text/plain"),
    ]
    for answer in ways:
        assert (answer.status, answer.json) == (400, {"error": "Invalid API key"})


def test_a_header_beside_a_good_form_changes_nothing(post, alice):
    beside = {"HTTP_AUTHORIZATION": "Bearer nonsense", "HTTP_COOKIE": "sessionid=1", "HTTP_USER_AGENT": ""}
    assert post(key=alice.key, action="balance", environ=beside).json == BALANCE


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-UrlEncoded;charset=iso-8859-1",
        "",
    ],
)
def test_a_form_is_a_form_however_its_type_is_written(alice, kind):
    assert send(f"key={alice.key}&action=balance".encode(), CONTENT_TYPE=kind).json == BALANCE


def test_a_multipart_form_is_understood(alice):
    body = multipart(("key", alice.key), ("action", "balance"))
    assert send(body, CONTENT_TYPE=MULTIPART).json == BALANCE


def test_an_order_comes_by_multipart_as_well(alice, service):
    body = multipart(
        ("key", alice.key),
        ("action", "add"),
        ("service", str(service.pk)),
        ("link", "https://example.com/ü"),
        ("quantity", "100"),
        ("request_id", "1"),
    )
    assert send(body, CONTENT_TYPE=MULTIPART).status == 200
    assert Order.objects.get().link == "https://example.com/ü"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data", multipart(("key", "a"))),
        ("multipart/form-data; boundary=", multipart(("key", "a"))),
        ("multipart/form-data; boundary=" + "b" * 500, b"x"),
        ("multipart/form-data; boundary=\xff", b"x"),
        (MULTIPART, b"".join([multipart(*[("a", "b")] * 1200)])),
    ],
)
def test_a_broken_multipart_form_is_malformed(db, kind, body):
    answer = send(body, CONTENT_TYPE=kind)
    assert (answer.status, answer.json) == (400, {"error": "Malformed request body"})


def test_a_file_is_no_parameter(alice):
    body = multipart(("key", alice.key)).replace(b'name="key"', b'name="key"; filename="key.txt"')
    assert send(body, CONTENT_TYPE=MULTIPART).json == {"error": "Invalid API key"}


def test_more_fields_than_anybody_needs_are_malformed(alice):
    good = f"key={alice.key}&action=balance".encode()
    assert send(good + b"&a=1" * 998).json == BALANCE
    answer = send(good + b"&a=1" * 999)
    assert (answer.status, answer.json) == (400, {"error": "Malformed request body"})


def test_values_are_trimmed_and_lines_end_alike(alice):
    body = f"key=%20{alice.key}%0D%0A&action=+balance%09".encode()
    assert send(body).json == BALANCE


def test_an_empty_parameter_is_an_absent_one(post, alice, service):
    form = {"service": service.pk, "link": "https://example.com/a", "quantity": 100, "request_id": "1"}
    empty = {"runs": "", "interval": " ", "coupon": "\r\n", "comments": ""}
    first = post(key=alice.key, action="add", **form, **empty)
    again = post(key=alice.key, action="add", **form)
    assert first.status == again.status == 200
    assert first.json == again.json


def test_unknown_parameters_are_ignored(post, alice, service):
    form = {"service": service.pk, "link": "https://example.com/a", "quantity": 100, "request_id": "1"}
    unknown = {"constructor": "1", "": "x", "service[]": "9", "__proto__": "y", "\U0001f600": "z"}
    answer = post(key=alice.key, action="add", **form, **unknown)
    assert answer.status == 200, answer.json


def test_unknown_parameters_may_be_no_text(alice):
    assert send(f"key={alice.key}&action=balance&x=%FF%00&%FF=1&y=\xff".encode("latin-1")).json == BALANCE


def test_of_a_parameter_sent_twice_the_last_counts(post, alice):
    assert send(f"key=wrong&key={alice.key}&action=services&action=balance".encode()).json == BALANCE
    body = multipart(("key", "wrong"), ("key", alice.key), ("action", "services"), ("action", "balance"))
    assert send(body, CONTENT_TYPE=MULTIPART).json == BALANCE


def test_a_list_where_a_scalar_belongs_is_no_parameter(alice):
    assert send(f"key={alice.key}&action[]=balance".encode()).json == {"error": "Missing required parameter: action"}
    assert send(f"key[]={alice.key}&action=balance".encode()).json == {"error": "Invalid API key"}


def test_text_that_is_no_utf8_is_refused_by_the_name_of_its_parameter(alice, service):
    before = everything()
    form = f"key={alice.key}&action=add&service={service.pk}&quantity=100&request_id=1".encode()
    for link in (b"https://example.com/%FF", b"https://example.com/\xff", b"https://example.com/%ED%A0%80", b"%C0%80"):
        answer = send(form + b"&link=" + link)
        assert (answer.status, answer.json) == (400, {"error": "Invalid parameter: link"})
    assert everything() == before


# --- Lengths ---------------------------------------------------------------------------------------------------


def test_a_body_of_a_megabyte_is_read_and_one_byte_more_is_not(alice):
    good = f"key={alice.key}&action=balance&x=".encode()
    assert send(good.ljust(1_000_000, b"x")).json == BALANCE
    answer = send(good.ljust(1_000_001, b"x"))
    assert (answer.status, answer.json) == (413, {"error": "Request body too large: at most 1 MB"})


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("a body that is too large was read")


@pytest.mark.parametrize("length", ["1000001", "10000000", "9" * 30, "9" * 5000])
def test_a_body_that_is_said_to_be_too_large_is_not_even_read(db, length):
    answer = send(b"", CONTENT_LENGTH=length, **{"wsgi.input": Unread()})
    assert (answer.status, answer.json) == (413, {"error": "Request body too large: at most 1 MB"})


def chunked(body: bytes, **environ):
    """As a server hands over a body that came in chunks: its length is not known."""
    sent = wsgi_environ(body, HTTP_TRANSFER_ENCODING="chunked", **environ)
    del sent["CONTENT_LENGTH"]
    return call_wsgi(sent)


def test_a_body_in_chunks_is_read_to_its_end(alice):
    assert chunked(f"key={alice.key}&action=balance".encode()).json == BALANCE
    assert chunked(b"x" * 1_000_001).status == 413
    assert chunked(b"x" * 1_000_000).status == 400


def test_an_order_whose_length_nobody_knows_is_not_placed(alice, service):
    # A server hands over the chunks that came before a connection broke as if they were all: 1000 may read 10.
    before = everything()
    form = f"key={alice.key}&action=add&service={service.pk}&request_id=1&link=https://example.com/a&quantity=1000"
    answer = chunked(form.encode())
    assert (answer.status, answer.json) == (400, {"error": "Content-Length is required for this action"})
    assert everything() == before


def test_a_body_that_was_cut_short_orders_nothing(alice, service):
    before = everything()
    form = f"key={alice.key}&action=add&service={service.pk}&request_id=1&link=https://example.com/a&quantity=1000"
    answer = send(form.encode()[:-1], CONTENT_LENGTH=str(len(form)))
    assert (answer.status, answer.json) == (400, {"error": "Malformed request body"})
    assert everything() == before


@pytest.mark.parametrize("length", ["-1", "+5", "0x10", "many", "1.5", "\u0663"])
def test_a_length_that_is_none_is_no_failure(alice, length):
    assert send(f"key={alice.key}&action=balance".encode(), CONTENT_LENGTH=length).json == BALANCE


# --- Answers ---------------------------------------------------------------------------------------------------


def test_an_answer_is_json_that_nobody_keeps(post, alice):
    answer = post(key=alice.key, action="balance")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert not {"Set-Cookie", "Location"} & set(answer.headers)


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip; q=1.0, identity", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("x-gzip-like", False),
    ],
)
def test_a_long_answer_is_compressed_where_that_was_asked_for(post, alice, sell, accepted, compressed):
    sell(description="long " * 400)
    plain = post(key=alice.key, action="services")
    answer = post(key=alice.key, action="services", environ={"HTTP_ACCEPT_ENCODING": accepted})
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (answer.headers.get("Content-Encoding") == "gzip") is compressed
    assert (gzip.decompress(answer.body) if compressed else answer.body) == plain.body
    assert answer.headers["Content-Length"] == str(len(answer.body))
