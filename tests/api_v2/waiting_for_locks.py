"""Somebody else holds a reseller's wallet: the door waits as long as it may, and no longer."""

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from notpanel import programs
from tests.api_v2.conftest import charges, everything
from tests.api_v2.losing_postgres import one_order_stands

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = "-c lock_timeout=100ms"  # what is tried here is not how long five seconds are


@pytest.fixture
def psql() -> Iterator[psycopg.Connection]:
    """Another session, as an operator opens one."""
    wanted = ("dbname", "user", "password", "host", "port")
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in wanted}
    with psycopg.connect(**parameters) as session:
        yield session
        session.rollback()


@pytest.fixture
def reconnected(monkeypatch) -> Iterator[None]:
    """Connect anew with what the environment then says, and again afterwards."""
    connection.close()
    yield
    connection.close()


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.usefixtures("reconnected")
def test_web_and_worker_wait_five_seconds_for_a_lock_and_thirty_for_a_statement(monkeypatch):
    monkeypatch.setenv("PGOPTIONS", programs.environment()["PGOPTIONS"])
    assert (shown("lock_timeout"), shown("statement_timeout")) == ("5s", "30s")


@pytest.mark.usefixtures("reconnected")
def test_the_operators_own_options_win(monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=9s")
    monkeypatch.setenv("PGOPTIONS", programs.environment()["PGOPTIONS"])
    assert (shown("lock_timeout"), shown("statement_timeout")) == ("9s", "30s")


@pytest.mark.usefixtures("reconnected")
def test_commands_wait_as_long_as_it_takes(monkeypatch):
    monkeypatch.delenv("PGOPTIONS", raising=False)
    assert (shown("lock_timeout"), shown("statement_timeout")) == ("0", "0")


def test_behind_pgbouncer_which_refuses_them_no_options_are_sent(monkeypatch):
    monkeypatch.delenv("PGOPTIONS", raising=False)
    monkeypatch.setattr(settings, "DATABASE_BEHIND_PGBOUNCER", True)
    assert programs.environment()["PGOPTIONS"] == ""


@pytest.mark.parametrize("thread", ["connected", "new"])
def test_an_add_that_cannot_have_the_wallet_says_so_and_leaves_nothing(
    post, alice, add, reconnected, psql, monkeypatch, thread
):
    post(key=alice.key, action="balance")
    connection.close()
    monkeypatch.setenv("PGOPTIONS", QUICK)
    before = everything()
    if thread == "new":
        connection.close()
    psql.execute("SELECT FROM wallets_wallet WHERE account_id = %s FOR UPDATE", [alice.id])
    tried: list[str] = []

    def counted(execute, sql, params, many, context):
        tried.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        refused = add(alice)
    assert (refused.status, refused.json) == (500, {"error": "Internal server error"})
    assert (
        len([sql for sql in tried if "wallets_wallet" in sql]) == 1
    )  # not taken for a lost connection, and tried once
    assert everything() == before
    assert charges(alice) == []
    psql.rollback()
    assert one_order_stands(post, alice, add(alice))
