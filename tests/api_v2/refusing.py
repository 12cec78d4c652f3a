"""Every refusal of the standard dialect: its exact body and status, and that it leaves nothing behind."""

from datetime import timedelta

import pytest

import accounts.operations
from accounts.models import ApiKey
from catalog.models import Category
from kit import clock
from tests.api_v2.conftest import everything

pytestmark = pytest.mark.django_db

LINK = "https://example.com/a"
GOOD = {"action": "add", "service": "SERVICE", "link": LINK, "quantity": "100", "request_id": "r-1"}
WRONG_ADDS = {
    "service absent": ({"service": ""}, "Missing required parameter: service"),
    "service no number": ({"service": "one"}, "Invalid parameter: service"),
    "service a fraction": ({"service": "1.5"}, "Invalid parameter: service"),
    "service with a sign": ({"service": "+1"}, "Invalid parameter: service"),
    "service in other digits": ({"service": "\u0661"}, "Invalid parameter: service"),
    "service unknown": ({"service": "999999"}, "Service not found"),
    "service negative": ({"service": "-1"}, "Service not found"),
    "service zero": ({"service": "0"}, "Service not found"),
    "service over 32 bits": ({"service": "99999999999"}, "Service not found"),
    "service over 64 bits": ({"service": "99999999999999999999"}, "Service not found"),
    "service of 5000 digits": ({"service": "9" * 5000}, "Service not found"),
    "service of 5000 digits below zero": ({"service": "-" + "9" * 5000}, "Service not found"),
    "service of 400 digits": ({"service": "9" * 400}, "Service not found"),
    "request_id absent": ({"request_id": ""}, "Missing required parameter: request_id"),
    "request_id of spaces": ({"request_id": "   "}, "Missing required parameter: request_id"),
    "request_id too long": ({"request_id": "x" * 129}, "Invalid parameter: request_id"),
    "request_id with a NUL": ({"request_id": "a\0b"}, "Invalid parameter: request_id"),
    "link absent": ({"link": ""}, "Missing required parameter: link"),
    "link without a scheme": ({"link": "example.com/a"}, "Invalid parameter: link"),
    "link of another scheme": ({"link": "ftp://example.com/a"}, "Invalid parameter: link"),
    "link that runs": ({"link": "javascript:alert(1)"}, "Invalid parameter: link"),
    "link without a host": ({"link": "https:///a"}, "Invalid parameter: link"),
    "link with a space": ({"link": "https://example.com/a b"}, "Invalid parameter: link"),
    "link with a line": ({"link": "https://example.com/a\nb"}, "Invalid parameter: link"),
    "link with a NUL": ({"link": "https://example.com/\0"}, "Invalid parameter: link"),
    "link with a broken bracket": ({"link": "https://[::1/a"}, "Invalid parameter: link"),
    "link too long": ({"link": "https://example.com/" + "a" * 981}, "Invalid parameter: link"),
    "quantity absent": ({"quantity": ""}, "Missing required parameter: quantity"),
    "quantity no number": ({"quantity": "many"}, "Invalid parameter: quantity"),
    "quantity a fraction": ({"quantity": "100.0"}, "Invalid parameter: quantity"),
    "quantity with an exponent": ({"quantity": "1e3"}, "Invalid parameter: quantity"),
    "quantity infinite": ({"quantity": "Infinity"}, "Invalid parameter: quantity"),
    "quantity not a number": ({"quantity": "NaN"}, "Invalid parameter: quantity"),
    "quantity of 400 digits": ({"quantity": "1" * 400}, "Quantity above the maximum of 10000"),
    "quantity one below": ({"quantity": "49"}, "Quantity below the minimum of 50"),
    "quantity zero": ({"quantity": "0"}, "Quantity below the minimum of 50"),
    "quantity negative": ({"quantity": "-100"}, "Quantity below the minimum of 50"),
    "quantity one above": ({"quantity": "10001"}, "Quantity above the maximum of 10000"),
    "quantity over 64 bits": ({"quantity": "99999999999999999999"}, "Quantity above the maximum of 10000"),
    "quantity of 21 digits": ({"quantity": "9" * 21}, "Quantity above the maximum of 10000"),
    "quantity of 5000 digits": ({"quantity": "9" * 5000}, "Quantity above the maximum of 10000"),
    "quantity of 5000 digits below zero": ({"quantity": "-" + "9" * 5000}, "Quantity below the minimum of 50"),
    "quantity of 5 after 5000 zeros": ({"quantity": "0" * 5000 + "5"}, "Quantity below the minimum of 50"),
    "runs without drip-feed": ({"runs": "2", "interval": "5"}, "Invalid parameter: runs"),
    "runs negative": ({"runs": "-1"}, "Invalid parameter: runs"),
    "runs no number": ({"runs": "two"}, "Invalid parameter: runs"),
    "a coupon there is not": ({"coupon": "SUMMER"}, "Invalid coupon"),
    "a coupon with a NUL": ({"coupon": "SUM\0MER"}, "Invalid parameter: coupon"),
}


@pytest.mark.parametrize("name", WRONG_ADDS)
def test_an_add_with_something_wrong_is_refused_in_so_many_words_and_leaves_nothing(post, alice, service, name):
    changes, words = WRONG_ADDS[name]
    before = everything()
    form = GOOD | {"service": service.pk} | changes
    refused = post(key=alice.key, **form)
    assert (refused.status, refused.json) == (400, {"error": words})
    assert everything() == before


@pytest.mark.parametrize("name", WRONG_ADDS)
def test_a_refused_add_does_not_use_up_its_request_id(post, alice, service, name):
    changes, _ = WRONG_ADDS[name]
    good = GOOD | {"service": service.pk}
    post(key=alice.key, **good | changes)
    added = post(key=alice.key, **good)
    assert added.status == 200, added.json
    assert "Idempotent-Replay" not in added.headers


def test_a_balance_too_low_is_refused_and_leaves_nothing(post, person, sell):
    alice = person("alice", deposit="0.08999999")
    service = sell(rate="0.90")
    before = everything()
    refused = post(key=alice.key, **GOOD | {"service": service.pk})
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
    assert everything() == before


def test_a_balance_that_is_just_enough_buys(post, person, sell):
    alice = person("alice", deposit="0.09")
    added = post(key=alice.key, **GOOD | {"service": sell(rate="0.90").pk})
    assert added.status == 200, added.json
    assert post(key=alice.key, action="balance").json == {"balance": "0.00", "currency": "USD"}


@pytest.mark.parametrize("kind", ["Default", "Package"])
@pytest.mark.parametrize("rate", ["999999999999.99999999", "1000000"])
def test_a_charge_beyond_what_the_books_can_hold_is_beyond_the_balance(post, alice, sell, rate, kind):
    service = sell(rate=rate, min=2_000_000_000, max=2_000_000_000, type=kind)
    before = everything()
    refused = post(key=alice.key, **GOOD | {"service": service.pk, "quantity": 2_000_000_000})
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
    assert everything() == before


@pytest.mark.parametrize("retired", ["service", "category", "source"])
def test_what_is_no_longer_on_sale_is_not_found(post, alice, service, retired):
    if retired == "service":
        type(service).objects.update(active=False)
    elif retired == "category":
        Category.objects.update(active=False)
    else:
        service.sources.update(active=False)
    before = everything()
    refused = post(key=alice.key, **GOOD | {"service": service.pk})
    assert (refused.status, refused.json) == (400, {"error": "Service not found"})
    assert everything() == before


CALLS = {
    "no action": ({}, 400, "Missing required parameter: action"),
    "an empty action": ({"action": " "}, 400, "Missing required parameter: action"),
    "an action there is not": ({"action": "destroy"}, 400, "Unknown action"),
    "an action in capitals": ({"action": "BALANCE"}, 400, "Unknown action"),
    "an action with a NUL": ({"action": "balance\0"}, 400, "Unknown action"),
    "status of nothing": ({"action": "status"}, 400, "Missing required parameter: order"),
    "status of both": ({"action": "status", "order": "1", "orders": "2"}, 400, "Pass either order or orders, not both"),
    "status of no order": ({"action": "status", "order": "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"}, 400, "Order not found"),
    "status of a number": ({"action": "status", "order": "1"}, 400, "Order not found"),
    "status of a malformed id": ({"action": "status", "order": "ord_x"}, 400, "Order not found"),
    "status of another kind": ({"action": "status", "order": "ref_01HG9X7KJP4N2M8QW5T3R6Y0AB"}, 400, "Order not found"),
    "status of a NUL": ({"action": "status", "order": "\0"}, 400, "Order not found"),
    "status of a huge number": ({"action": "status", "order": "9" * 400}, 400, "Order not found"),
    "status of a negative number": ({"action": "status", "order": "-1"}, 400, "Order not found"),
    "status of 101": ({"action": "status", "orders": "1," * 100 + "2"}, 400, "Too many orders: at most 100"),
    "status of 101 equal": ({"action": "status", "orders": "7," * 101}, 400, "Too many orders: at most 100"),
    "status of commas": ({"action": "status", "orders": ", ,,"}, 400, "Invalid parameter: orders"),
    "status of NULs": ({"action": "status", "orders": "1,\0"}, 400, "Invalid parameter: orders"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_call_with_something_wrong_is_refused_in_so_many_words(post, alice, name):
    form, status, words = CALLS[name]
    before = everything()
    refused = post(key=alice.key, **form)
    assert (refused.status, refused.json) == (status, {"error": words})
    assert everything() == before


@pytest.mark.parametrize("action", ["balance", "services", "add", "status", "destroy", ""])
def test_without_a_key_every_action_is_refused_alike(post, db, action):
    refused = post(action=action)
    assert (refused.status, refused.json) == (400, {"error": "Invalid API key"})


@pytest.mark.parametrize("action", ["balance", "services", "add", "status", "destroy", ""])
def test_a_suspended_account_is_told_so_whatever_it_asks(post, alice, service, action):
    accounts.operations.suspend(account_id=alice.id, reason="chargeback")
    before = everything()
    refused = post(key=alice.key, **GOOD | {"service": service.pk, "action": action})
    assert (refused.status, refused.json) == (403, {"error": "Account suspended"})
    assert everything() == before


def test_a_read_only_key_reads_and_does_not_order(post, person, service):
    alice = person("alice", read_only=True)
    before = everything()
    refused = post(key=alice.key, **GOOD | {"service": service.pk})
    assert (refused.status, refused.json) == (403, {"error": "API key is read-only"})
    assert everything() == before
    for action in ("balance", "services"):
        assert post(key=alice.key, action=action).status == 200


def test_a_request_id_with_another_body_conflicts_and_leaves_the_first_order_alone(post, alice, service, sell):
    good = GOOD | {"service": service.pk}
    assert post(key=alice.key, **good).status == 200
    before = everything()
    for change in ({"quantity": 101}, {"link": LINK + "b"}, {"service": sell(remote_id="2").pk}, {"coupon": "X"}):
        refused = post(key=alice.key, **good | change)
        assert (refused.status, refused.json) == (
            400,
            {"error": "request_id was already used for a different order"},
        )
    assert everything() == before


def _wrong_keys(value: str) -> dict[str, str]:
    other = "A" if value[20] != "A" else "B"
    return {
        "another prefix": value.replace("np_live_", "np_test_"),
        "a letter mistyped": value[:20] + other + value[21:],
        "cut short": value[:-1],
        "one too long": value + "a",
        "lower case": value.lower(),
        "in another script": value[:-1] + "\u0430",
        "with a NUL": value[:10] + "\0" + value[11:],
        "a word": "secret",
        "very long": "np_live_" + "a" * 100_000,
    }


@pytest.mark.parametrize("name", _wrong_keys("np_live_" + "0" * 49))
def test_a_key_that_is_no_key_opens_nothing(post, alice, name):
    refused = post(key=_wrong_keys(alice.key)[name], action="balance")
    assert (refused.status, refused.json) == (400, {"error": "Invalid API key"})


def test_a_key_that_was_never_issued_opens_nothing(post, db):
    from accounts import keys

    for _ in range(2):  # looked up, then remembered as unknown
        refused = post(key=keys.new_key(), action="balance")
        assert (refused.status, refused.json) == (400, {"error": "Invalid API key"})


def test_an_expired_key_opens_nothing_from_that_moment(post, person, held):
    alice = person("alice", expires_at=clock.now() + timedelta(seconds=10))
    held.forward(9.999)
    assert post(key=alice.key, action="balance").status == 200
    held.forward(0.001)
    refused = post(key=alice.key, action="balance")
    assert (refused.status, refused.json) == (400, {"error": "Invalid API key"})


@pytest.mark.parametrize(
    ("allowed", "address", "opens"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8::/32", "2001:db8:ffff::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("203.0.113.7", "", False),
    ],
)
def test_a_key_opens_only_from_the_addresses_it_allows(post, person, counting, allowed, address, opens):
    alice = person("alice", allowed_ips=["198.51.100.1", allowed])
    answer = post(key=alice.key, action="balance", environ={"REMOTE_ADDR": address})
    if opens:
        assert answer.json == {"balance": "100.00", "currency": "USD"}
    else:
        assert (answer.status, answer.json) == (400, {"error": "Invalid API key"})


def test_a_key_of_another_account_sees_nothing_of_this_one(post, alice, bob, service):
    order = post(key=alice.key, **GOOD | {"service": service.pk}).json["order"]
    number = str(ApiKey.objects.get(account_id=alice.id).account.orders.get().pk)
    for sent in (order, number):
        refused = post(key=bob.key, action="status", order=sent)
        assert (refused.status, refused.json) == (400, {"error": "Order not found"})
    assert post(key=alice.key, action="status", order=number).status == 200
