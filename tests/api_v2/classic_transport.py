"""Where a classic program's parameters may stand, and whose key is one there."""

import orjson
import pytest

import accounts.operations
from accounts import keys
from orders.models import Order
from tests.api_v2.calling import BOUNDARY, ELSEWHERE, JSON, WAYS, by_form, by_get, by_json, by_query, send
from tests.api_v2.conftest import LINK, everything, limit_headers, told

pytestmark = pytest.mark.django_db

BALANCE = {"balance": "100.00", "currency": "USD"}
REQUEST = (200, {"error": "Incorrect request"})
MALFORMED = (400, {"error": "Malformed request body"})
WRONG_KEY = {"standard": (400, {"error": "Invalid API key"}), "classic": (200, {"error": "Invalid API key"})}
NO_POST = (400, {"error": "Use POST"})


@pytest.fixture
def alice(person):
    """A reseller whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


def said(answer):
    return answer.status, answer.json


@pytest.mark.parametrize("way", WAYS)
def test_a_balance_is_asked_for_in_every_way(alice, way):
    assert said(WAYS[way](key=alice.key, action="balance")) == (200, BALANCE)


@pytest.mark.parametrize("way", WAYS)
def test_an_order_is_placed_in_every_way(alice, service, way):
    link = "https://example.com/ü?a=1&b=2#c"
    answer = WAYS[way](key=alice.key, action="add", service=service.pk, link=link, quantity=100)
    order = Order.objects.get()
    assert said(answer) == (200, {"order": order.pk})
    assert (order.link, order.quantity, order.account_id) == (link, 100, alice.id)


def test_of_a_parameter_in_several_places_the_forms_counts_then_the_querys(alice):
    both = f"key={alice.key}&action=balance"
    assert send(both.encode(), QUERY_STRING="key=wrong&action=services").json == BALANCE
    assert send(b'{"key": "wrong", "action": "services"}', QUERY_STRING=both).json == BALANCE
    assert send(b"action=balance&key=", QUERY_STRING=f"key={alice.key}&action=services").json == BALANCE


def test_each_parameter_is_found_wherever_it_stands(alice, service):
    order = {"action": "add", "service": service.pk, "link": LINK}
    answer = send(orjson.dumps(order), CONTENT_TYPE=JSON, QUERY_STRING=f"quantity=100&key={alice.key}")
    assert said(answer) == (200, {"order": Order.objects.get().pk})


def test_a_multipart_form_may_have_a_query_beside_it(alice):
    body = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="key"\r\n\r\n{alice.key}\r\n--{BOUNDARY}--\r\n'
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    assert send(body.encode(), CONTENT_TYPE=kind, QUERY_STRING="action=balance").json == BALANCE


def test_the_key_in_the_form_says_the_dialect_whatever_stands_in_the_query(alice, bob, service):
    asked = {"action": "status", "order": "1"}
    assert said(send(f"key={bob.key}".encode(), QUERY_STRING=f"key={alice.key}&action=status&order=1")) == (
        400,
        {"error": "Missing required parameter: action"},
    )
    form = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = send(f"key={alice.key}&{form}".encode(), QUERY_STRING=f"key={bob.key}")
    assert said(answer) == (200, {"error": "Incorrect order ID"})
    answer = send(f"key={bob.key}&{form}".encode(), QUERY_STRING=f"key={alice.key}")
    assert said(answer) == (400, {"error": "Order not found"})


@pytest.mark.parametrize("dialect", WRONG_KEY)
@pytest.mark.parametrize("way", WAYS)
def test_a_key_that_is_not_known_is_refused_in_the_panels_default(settings, db, way, dialect):
    settings.API_DEFAULT_DIALECT = dialect
    expected = NO_POST if (way, dialect) == ("GET", "standard") else WRONG_KEY[dialect]
    for key in (keys.new_key(), "malformed"):
        for action in ("balance", "add", "destroy"):
            assert said(WAYS[way](key=key, action=action)) == expected


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("dialect", WRONG_KEY)
@pytest.mark.parametrize("way", ELSEWHERE)
def test_a_standard_key_outside_the_form_is_answered_and_counted_like_one_that_is_not_known(
    bob, counting, settings, way, dialect
):
    settings.API_DEFAULT_DIALECT = dialect
    left = 300
    for action in ("balance", "services", "add", "destroy"):
        for key in (keys.new_key(), bob.key, bob.key):
            answer = ELSEWHERE[way](key=key, action=action)
            left -= 1
            assert said(answer) == (NO_POST if (way, dialect) == ("GET", "standard") else WRONG_KEY[dialect])
            assert limit_headers(answer) == told(300, left)
    # Nothing of its own was spent.
    assert limit_headers(by_form(key=bob.key, action="destroy")) == told(100, 99, 199)


@pytest.mark.usefixtures("held")
def test_a_poll_that_the_query_alone_names_is_none_of_a_standard_keys(bob, counting):
    for used in range(1, 4):
        answer = send(f"key={bob.key}".encode(), QUERY_STRING="action=balance")
        assert said(answer) == (400, {"error": "Missing required parameter: action"})
        assert limit_headers(answer) == told(100, 100 - used, 200 - used)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("way", WAYS)
def test_a_poll_spends_nothing_in_whatever_way_it_comes(alice, counting, way):
    for _ in range(3):
        answer = WAYS[way](key=alice.key, action="balance")
        assert (answer.json, limit_headers(answer)) == (BALANCE, told(100, 100, 200))
    answer = send(f"key={alice.key}".encode(), QUERY_STRING="action=balance")
    assert (answer.json, limit_headers(answer)) == (BALANCE, told(100, 100, 200))


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("way", WAYS)
def test_spent_limits_are_a_429_with_their_headers_in_every_way(person, counting, settings, way):
    carol = person("carol", dialect="classic", requests_per_minute=1)
    assert WAYS[way](key=carol.key, action="status", order=1).json == {"error": "Incorrect order ID"}
    spent = (429, {"error": "Rate limit exceeded"})
    answer = WAYS[way](key=carol.key, action="status", order=1)
    assert (said(answer), limit_headers(answer)) == (spent, told(1, 0, 199, "key"))
    settings.RATE_LIMIT_IP = 2
    answer = WAYS[way](key=carol.key, action="balance")
    assert (said(answer), limit_headers(answer)) == (spent, told(2, 0, denied="ip"))


def test_nothing_in_the_query_concerns_a_standard_key(bob):
    too_many = "&".join(["a=1"] * 1001)
    form = f"key={bob.key}&action=balance".encode()
    for query in (too_many, "key=wrong&action=destroy&order=1", "%FF%00", "\xff\xfe=\xff"):
        assert said(send(form, QUERY_STRING=query)) == (200, BALANCE)


def test_a_query_of_more_fields_than_anybody_needs_is_malformed(alice, settings):
    many = "a=1&" * 998 + f"key={alice.key}&action=balance"
    assert send(REQUEST_METHOD="GET", QUERY_STRING=many).json == BALANCE
    more = f"a=1&{many}"
    assert said(send(f"key={alice.key}&action=balance".encode(), QUERY_STRING=more)) == REQUEST
    assert said(send(REQUEST_METHOD="POST", QUERY_STRING=more)) == MALFORMED  # nobody read whose key it is
    assert said(send(REQUEST_METHOD="GET", QUERY_STRING=more)) == (400, {"error": "Use POST"})  # the method comes first
    settings.API_DEFAULT_DIALECT = "classic"
    assert said(send(REQUEST_METHOD="GET", QUERY_STRING=more)) == REQUEST


# --- Lengths -------------------------------------------------------------------------------------------------------


def chunked(body, **environ):
    return send(body, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked", **environ)


def test_a_body_over_a_megabyte_is_too_large_in_both_dialects(alice, bob):
    for key in (alice.key, bob.key):
        body = f"key={key}&action=balance&x=".encode()
        assert said(send(body.ljust(1_000_000, b"x"))) == (200, BALANCE)
        answer = send(body.ljust(1_000_001, b"x"), QUERY_STRING=f"key={key}")
        assert said(answer) == (413, {"error": "Request body too large: at most 1 MB"})
    long = orjson.dumps({"key": alice.key, "x": "x" * 1_000_000})
    assert send(long, CONTENT_TYPE=JSON).status == chunked(long, CONTENT_TYPE=JSON).status == 413


def test_an_object_in_chunks_is_whole_once_it_is_closed_and_a_form_never(alice, service):
    order = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 1000}
    form = "&".join(f"{name}={value}" for name, value in order.items()).encode()
    before = everything()
    assert said(chunked(form)) == REQUEST
    assert said(chunked(b"quantity=10", QUERY_STRING=form.decode())) == REQUEST
    assert said(chunked(b"", QUERY_STRING=form.decode())) == REQUEST
    assert said(chunked(orjson.dumps(order)[:-1], CONTENT_TYPE=JSON)) == MALFORMED
    assert everything() == before
    assert said(chunked(form.replace(b"action=add", b"action=balance"))) == (200, BALANCE)
    assert said(chunked(orjson.dumps(order), CONTENT_TYPE=JSON)) == (200, {"order": Order.objects.get().pk})


def test_a_body_that_was_cut_short_is_refused_though_the_query_has_everything(alice, service):
    before = everything()
    query = f"key={alice.key}&action=add&service={service.pk}&link={LINK}&quantity=1000"
    assert said(send(b"quantity=10", CONTENT_LENGTH="13", QUERY_STRING=query)) == REQUEST
    assert everything() == before


# --- Whoever may not -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_suspended_account_and_a_read_only_key_are_told_so_with_200(alice, person, service, counting, way):
    reader = person("carol", dialect="classic", read_only=True)
    before = everything()
    order = {"service": service.pk, "link": LINK, "quantity": 100}
    for form in ({"action": "add", **order}, {"action": "cancel", "order": 1}, {"action": "refill", "order": 1}):
        assert said(WAYS[way](key=reader.key, **form)) == (200, {"error": "API key is read-only"})
    assert said(WAYS[way](key=reader.key, action="balance")) == (200, BALANCE)
    assert everything() == before
    accounts.operations.suspend(account_id=alice.id, reason="chargeback")
    before = everything()
    for action in ("balance", "add", "destroy", ""):
        assert said(WAYS[way](key=alice.key, action=action, **order)) == (200, {"error": "Account suspended"})
    assert everything() == before


def test_without_redis_every_way_answers_as_with_it(alice, service, counting):
    placed = by_get(key=alice.key, action="add", service=service.pk, link=LINK, quantity=1000)
    order = Order.objects.get().pk
    assert placed.json == {"order": order}
    assert by_json(key=alice.key, action="balance").json == {"balance": "99.10", "currency": "USD"}
    assert by_query(key=alice.key, action="status", order=order).json["status"] == "Pending"
    again = by_form(key=alice.key, action="add", service=service.pk, link=LINK, quantity=1000)
    assert (again.json, again.headers["Idempotent-Replay"]) == ({"order": order}, "true")
