"""Polling the balance: free, and never older than what the caller has been told already."""

import threading
from decimal import Decimal

import pytest

import accounts.operations
import kit.redis
import wallets.operations
import wallets.queries
from kit import records
from orders.models import Order
from orders.operations import cancel_and_refund
from tests.api_v2.conftest import LINK, books_agree, limit_headers

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 8
EACH = 250
PRICE = Decimal("0.09")  # 100 of the service


@pytest.fixture
def _no_limits(settings):
    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_BALANCE_IP = None
    settings.RATE_LIMIT_TIER = False


@pytest.fixture
def order(post, service):
    def send(person, request_id):
        form = {"service": service.pk, "link": LINK, "quantity": 100, "request_id": request_id}
        answer = post(key=person.key, action="add", **form)
        assert answer.status == 200, answer.json

    return send


@pytest.fixture
def balance(post):
    def send(person) -> Decimal:
        answer = post(key=person.key, action="balance")
        assert answer.status == 200, answer.json
        return Decimal(answer.json["balance"])

    return send


def test_a_thousand_polls_leave_the_limits_where_they_were(post, alice):
    post(key=alice.key, action="status", order="1")
    seen = {tuple(limit_headers(post(key=alice.key, action="balance")).items()) for _ in range(1000)}
    assert len(seen) == 1
    assert dict(seen.pop())["X-RateLimit-Remaining"] == "99"
    after = post(key=alice.key, action="status", order="1")
    assert after.headers["X-RateLimit-Remaining"] == "98"
    assert after.headers["X-RateLimit-Tier-Remaining"] == "198"


@pytest.mark.usefixtures("_no_limits")
def test_after_an_add_has_answered_the_next_balance_shows_it_two_thousand_times(person, order, balance, together):
    people = [person(f"client-{number}", deposit="100") for number in range(CLIENTS)]

    def client(number: int) -> int:
        right, expected = 0, Decimal(100)
        for each in range(EACH):
            order(people[number], f"r-{each}")
            expected -= PRICE
            right += balance(people[number]) == expected
        return right

    assert sum(together(CLIENTS, client)) == CLIENTS * EACH == 2000
    assert books_agree()


@pytest.mark.usefixtures("_no_limits")
def test_of_one_account_no_client_ever_sees_an_older_balance_than_it_was_told(
    alice, order, balance, together, settings
):
    settings.CACHE_SECONDS = 0.01  # so that readers fill the cache all the time, beside the writers
    lock, answered = threading.Lock(), 0
    wrong: list[tuple[Decimal, Decimal, int]] = []

    def client(number: int) -> None:
        nonlocal answered
        last = Decimal(100)
        for each in range(30):
            if number < 4:
                order(alice, f"{number}-{each}")
                with lock:
                    answered += 1
            with lock:
                known = answered
            seen = balance(alice)
            if seen > last or seen > 100 - known * PRICE:
                wrong.append((last, seen, known))
            last = seen

    together(CLIENTS, client)
    assert wrong == []
    assert balance(alice) == 100 - 120 * PRICE
    assert books_agree()


def test_a_deposit_an_adjustment_and_a_refund_show_as_soon_as_they_are_made(alice, order, balance):
    assert balance(alice) == 100
    accounts.operations.deposit(account_id=alice.id, amount=Decimal("5"), reference="five")
    assert balance(alice) == 105
    wallets.operations.adjust(
        account_id=alice.id, amount=Decimal("-1.00000001"), reference="a", actor="test", reason="test"
    )
    assert balance(alice) == Decimal("103.99999999")
    order(alice, "r-1")
    assert balance(alice) == Decimal("103.90999999")
    cancel_and_refund(order_id=Order.objects.get().pk, actor="test", reason="asked for")
    assert balance(alice) == Decimal("103.99999999")


def test_everyone_is_shown_the_same_cached_balance(alice, balance):
    balance(alice)
    kit.redis.cache().client.hset(wallets.queries.record_name(alice.id), "b", "12.34")
    assert balance(alice) == wallets.queries.balance(alice.id) == Decimal("12.34")


def test_a_cached_balance_is_believed_for_thirty_seconds(alice, balance, held):
    balance(alice)
    name = wallets.queries.record_name(alice.id)
    kit.redis.cache().client.hset(name, "b", "12.34")
    held.forward(29.999)
    assert balance(alice) == Decimal("12.34")
    held.forward(0.001)
    assert balance(alice) == Decimal("100.00")


def test_a_reader_that_was_slow_does_not_put_the_old_balance_back(alice, order, balance):
    wallet = alice.user.wallet
    read_before = wallets.queries.balance_record(alice.id, wallet.balance, wallet.version)
    order(alice, "r-1")
    assert records.write(read_before) == 0
    assert balance(alice) == 100 - PRICE


def test_control_a_cache_without_versions_shows_the_old_balance_again(alice, order, balance):
    cache, name = kit.redis.cache().client, f"control:{alice.id}"
    read_before = str(wallets.queries.balance_from_database(alice.id))
    order(alice, "r-1")
    cache.set(name, str(wallets.queries.balance_from_database(alice.id)))
    cache.set(name, read_before)
    shown = cache.get(name)
    assert isinstance(shown, bytes)
    assert Decimal(shown.decode()) == 100 > balance(alice)


def test_the_cache_never_decides_whether_money_may_be_spent(person, post, service):
    alice = person("alice", deposit="0.01")
    post(key=alice.key, action="balance")
    kit.redis.cache().client.hset(wallets.queries.record_name(alice.id), "b", "1000000.00")
    form = {"service": service.pk, "link": LINK, "quantity": 100, "request_id": "r-1"}
    refused = post(key=alice.key, action="add", **form)
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
