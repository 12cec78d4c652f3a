"""What the tests themselves stand on: servers of their own, and a database number each."""

import os

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.services import with_database


@pytest.mark.django_db
def test_the_tests_database_role_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_each_worker_has_its_own_redis_databases():
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw"))
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()
        assert client.connection_pool.connection_kwargs["db"] == 2 * worker + 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/4"),
        ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/4"),
        (
            "rediss://:secret@cache.example:6380/1?ssl_cert_reqs=none",
            "rediss://:secret@cache.example:6380/4?ssl_cert_reqs=none",
        ),
        ("unix:///run/cache.sock?db=0", "unix:///run/cache.sock?db=4"),
        ("redis+socket:///run/broker.sock?virtual_host=0", "redis+socket:///run/broker.sock?virtual_host=4"),
    ],
)
def test_a_database_number_is_put_where_the_url_has_it(url, expected):
    assert with_database(url, 4) == expected


def test_postgresql_is_real():
    with psycopg.connect(
        host=settings.DATABASES["default"]["HOST"],
        port=settings.DATABASES["default"]["PORT"] or None,
        user=settings.DATABASES["default"]["USER"],
        password=settings.DATABASES["default"]["PASSWORD"],
        dbname="postgres",
    ) as session:
        assert session.info.server_version >= 150000
