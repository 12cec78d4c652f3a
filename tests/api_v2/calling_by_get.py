"""GET, which some programs call by: answered for keys of the classic dialect, unless the operator switched it off."""

from urllib.parse import quote

import pytest

from accounts import keys
from orders.models import Order
from tests.api_v2.calling import by_form, by_get, send
from tests.api_v2.conftest import LINK, everything, limit_headers, told

pytestmark = pytest.mark.django_db

BALANCE = {"balance": "100.00", "currency": "USD"}
REQUEST = (200, {"error": "Incorrect request"})
NO_POST = (400, {"error": "Use POST"})


@pytest.fixture
def alice(person):
    """A reseller whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


def said(answer):
    return answer.status, answer.json


def got(query: str, **environ):
    return send(REQUEST_METHOD="GET", QUERY_STRING=query, **environ)


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/"])
def test_both_spellings_of_the_address_are_answered(alice, path):
    answer = got(f"key={alice.key}&action=balance", PATH_INFO=path)
    assert said(answer) == (200, BALANCE)
    assert "Location" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_whole_order_goes_by_get(alice, service):
    placed = by_get(key=alice.key, action="add", service=service.pk, link=LINK, quantity=100)
    order = Order.objects.get()
    assert said(placed) == (200, {"order": order.pk})
    assert by_get(key=alice.key, action="status", order=order.pk).json["status"] == "Pending"
    assert by_get(key=alice.key, action="cancel", orders=order.pk).json == [{"order": order.pk, "cancel": 1}]
    assert by_get(key=alice.key, action="status", order=order.pk).json["status"] == "Canceled"


def test_with_it_switched_off_it_is_no_way_in_and_posting_still_is(alice, service, settings):
    settings.API_CLASSIC_GET = False
    before = everything()
    for form in ({"action": "balance"}, {"action": "add", "service": service.pk, "link": LINK, "quantity": 100}):
        assert said(by_get(key=alice.key, **form)) == REQUEST
    assert everything() == before
    assert said(send(QUERY_STRING=f"key={alice.key}&action=balance")) == (200, BALANCE)
    assert said(by_form(key=alice.key, action="balance")) == (200, BALANCE)


def test_a_body_that_comes_with_it_is_not_read(alice, bob):
    form = f"key={bob.key}&action=services".encode()
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data"):
        answer = send(form, REQUEST_METHOD="GET", QUERY_STRING=f"key={alice.key}&action=balance", CONTENT_TYPE=kind)
        assert said(answer) == (200, BALANCE)
    answer = send(f"key={alice.key}&action=balance".encode(), REQUEST_METHOD="GET")
    assert said(answer) == NO_POST


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "CONNECT"])
def test_another_method_is_no_way_in_for_anybody(alice, bob, settings, method):
    query = "action=balance&key="
    assert said(send(REQUEST_METHOD=method, QUERY_STRING=query + alice.key)) == REQUEST
    for default, expected in (("standard", NO_POST), ("classic", REQUEST)):
        settings.API_DEFAULT_DIALECT = default
        for key in (bob.key, keys.new_key(), ""):
            assert said(send(REQUEST_METHOD=method, QUERY_STRING=query + key)) == expected


def test_head_has_the_status_and_the_length_of_the_refusal_and_no_body(alice):
    answer = send(REQUEST_METHOD="HEAD", QUERY_STRING=f"key={alice.key}&action=balance")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(b'{"error":"Incorrect request"}'))


def test_in_a_link_that_is_not_encoded_what_comes_after_its_ampersand_is_another_parameter(alice, service):
    got(f"key={alice.key}&action=add&service={service.pk}&link=https://example.com/p?a=1&b=2&quantity=100")
    assert Order.objects.get().link == "https://example.com/p?a=1"


@pytest.mark.parametrize("written", [str, quote, lambda link: link.encode().decode("latin-1")])
def test_a_link_in_another_script_is_understood_encoded_or_in_its_bytes(alice, service, written):
    link = "https://example.com/\u043f\u00fc" if written is not str else "https://example.com/p?a=b"
    got(f"key={alice.key}&action=add&service={service.pk}&quantity=100&link={written(link)}")
    assert Order.objects.get().link == link


def test_a_link_that_is_no_text_is_a_bad_link(alice, service):
    before = everything()
    for link in ("https://example.com/%FF", "https://example.com/\xff", "%00", "https://example.com/%ED%A0%80"):
        answer = got(f"key={alice.key}&action=add&service={service.pk}&quantity=100&link={link}")
        assert said(answer) == (200, {"error": "Bad link"})
    assert everything() == before


@pytest.mark.usefixtures("held")
def test_a_spent_address_is_told_so_though_nobody_looks_whose_key_it_is(alice, bob, settings, counting):
    settings.RATE_LIMIT_IP = 1
    by_form(action="destroy")
    spent = (429, {"error": "Rate limit exceeded"})
    for key in (alice.key, bob.key, ""):
        for action in ("balance", "services"):
            answer = by_get(key=key, action=action)
            assert (said(answer), limit_headers(answer)) == (spent, told(1, 0, denied="ip"))
    settings.API_CLASSIC_GET = False  # then no key there is has this method
    assert said(by_get(key=alice.key, action="services")) == NO_POST


def test_the_services_may_be_kept_by_the_caller_alone(alice, service):
    first = by_get(key=alice.key, action="services")
    assert first.headers["Cache-Control"] == "private, no-cache"
    query = f"key={alice.key}&action=services"
    again = got(query, HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
