"""The connection to PostgreSQL lost between requests, and at every step in the middle of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.base import DatabaseWrapper

import kit.redis
from orders.models import Order, Purchase, Request
from tests.api_v2.conftest import books_agree, charges

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS_OF_AN_ADD = 6


def backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def terminate(pid: int) -> None:
    """End the server's side of the connection, as a restart of PostgreSQL does, and wait until it has ended."""
    parameters = {name: value for name, value in connection.get_connection_params().items() if name != "context"}
    parameters = {
        name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters
    }
    with psycopg.connect(**parameters, autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 30000)", [pid]).fetchone() == (True,)


@contextmanager
def lost_before_statement(number: int) -> Iterator[list[str]]:
    """Lose the connection once, just before the numbered statement; yields the statements that were tried."""
    tried: list[str] = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tried.append(sql)
        if len(tried) == number:
            terminate(backend())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield tried


@pytest.fixture
def warm(post, alice, service) -> None:
    """The key is cached, so that the first statement is the action's."""
    post(key=alice.key, action="balance")


def forget_balance(person) -> None:
    kit.redis.cache().client.hset(f"b:{person.id}", "u", 0)


def one_order_stands(post, person, answer) -> bool:
    assert answer.status == 200, answer.json
    assert charges(person) == [Decimal("-0.90")]
    assert (Order.objects.count(), Purchase.objects.count(), Request.objects.count()) == (1, 1, 1)
    assert answer.json == {"order": Order.objects.get().shown_id}
    assert post(key=person.key, action="balance").json["balance"] == "99.10"
    return books_agree()


@pytest.mark.usefixtures("warm")
def test_a_connection_lost_between_requests_costs_no_request_an_error(post, alice, add, service):
    terminate(backend())
    placed = add(alice)
    assert one_order_stands(post, alice, placed)
    for action, form in [("status", {"order": placed.json["order"]}), ("services", {}), ("balance", {})]:
        forget_balance(alice)
        terminate(backend())
        answer = post(key=alice.key, action=action, **form)
        assert answer.status == 200, (action, answer.json)


def test_a_key_that_is_not_cached_is_looked_up_over_a_new_connection(post, alice):
    for number in (1, 2):
        kit.redis.cache().client.flushdb()
        with lost_before_statement(number) as tried:
            assert post(key=alice.key, action="balance").json["balance"] == "100.00"
        assert len(tried) == 3  # the key and the balance, one of them twice


def test_without_redis_a_lost_connection_costs_no_request_an_error_either(post, alice, add, monkeypatch, dead_redis):
    monkeypatch.setattr(kit.redis, "_breaker", dead_redis)
    for number in (1, 2):
        with lost_before_statement(number):
            assert post(key=alice.key, action="balance").json["balance"] == "100.00"
    with lost_before_statement(4):
        assert one_order_stands(post, alice, add(alice))


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("number", range(1, STATEMENTS_OF_AN_ADD + 1))
def test_an_add_that_loses_its_connection_at_any_statement_is_placed_once(post, alice, add, number):
    with lost_before_statement(number) as tried:
        placed = add(alice)
    assert len(tried) == number + STATEMENTS_OF_AN_ADD + 1  # and the balance, read again for the cache
    assert one_order_stands(post, alice, placed)
    assert add(alice).json == placed.json


@pytest.mark.usefixtures("warm")
def test_an_add_that_loses_its_connection_before_its_commit_is_placed_once(post, alice, add, monkeypatch):
    commits = []
    commit = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def lost(self):
        commits.append(self)
        if len(commits) == 1:
            terminate(backend())
        return commit(self)

    monkeypatch.setattr(DatabaseWrapper, "_commit", lost)
    assert one_order_stands(post, alice, add(alice))
    assert len(commits) == 2


@pytest.mark.usefixtures("warm")
def test_an_add_whose_commit_was_made_but_never_heard_of_is_placed_once(post, alice, add, monkeypatch):
    commits = []
    commit = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def unheard(self):
        commit(self)
        commits.append(self)
        if len(commits) == 1:
            terminate(backend())
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(DatabaseWrapper, "_commit", unheard)
    placed = add(alice)
    assert placed.headers["Idempotent-Replay"] == "true"
    assert one_order_stands(post, alice, placed)


@pytest.mark.usefixtures("warm")
def test_forty_adds_at_once_that_lose_their_connections_are_one_order(post, alice, add, together):
    def one(number: int):
        if number % 4:
            return add(alice)
        with lost_before_statement(1 + number % STATEMENTS_OF_AN_ADD):
            return add(alice)

    answers = together(20, one)
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    assert one_order_stands(post, alice, answers[0])


@pytest.mark.usefixtures("warm")
def test_while_postgres_is_away_what_is_cached_answers_and_the_rest_says_so(post, alice, add, monkeypatch):
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nonexistent")
        away.setitem(connection.settings_dict, "PORT", "1")
        assert post(key=alice.key, action="balance").json == {"balance": "100.00", "currency": "USD"}
        refused = add(alice)
        assert (refused.status, refused.json) == (500, {"error": "Internal server error"})
        assert post(key="malformed", action="services").json == {"error": "Invalid API key"}
    assert Order.objects.count() == 0
    assert one_order_stands(post, alice, add(alice))


@pytest.mark.usefixtures("warm")
def test_an_error_that_is_not_a_lost_connection_is_not_tried_twice(post, alice, add):
    tried = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tried.append(sql)
        raise OperationalError("disk full")

    with connection.execute_wrapper(wrapper):
        assert add(alice).status == 500
    assert len(tried) == 1
