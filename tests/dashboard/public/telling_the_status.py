"""The status of the panel's parts: in words, without details, and without becoming a load itself."""

import threading
from importlib import import_module

import pytest
from django.test import Client

from dashboard.public import board as module
from dashboard.public.board import Board
from notpanel import health
from notpanel.health import Part
from tests.admin.conftest import text
from tests.conftest import Person

WELL = ("database", "orders", "webhooks", "broker", "cache")
INSIDE = 'connection to server at "10.0.0.7", port 5432 failed: password authentication failed for user "panel"'


class Fake:
    """A check that finds what it is told to, and counts how often it looked."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.broken = False
        self.looked = 0

    def __call__(self) -> Part:
        self.looked += 1
        if self.broken:
            raise RuntimeError(INSIDE)
        return Part("a check", self.problem, remedy="look at /etc/panel.conf", note="10.0.0.7")


@pytest.fixture
def checks(monkeypatch) -> dict[str, Fake]:
    """The board's checks, one a part."""
    import_module("notpanel.urls")  # which hands the panel's own in
    fakes = {slug: Fake() for slug in WELL}
    monkeypatch.setattr(module, "board", Board({slug: (fake,) for slug, fake in fakes.items()}))
    return fakes


def states(client: Client) -> dict[str, str]:
    parts: dict[str, str] = client.get("/status.json").json()["parts"]
    return parts


def test_says_that_all_is_well(client: Client, checks) -> None:
    answer = client.get("/status")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-state="operational" role="status"' in page
    assert "All parts work." in text(answer)
    assert page.count('data-state="operational"') == 7
    assert client.get("/status.json").json()["state"] == "operational"
    assert states(client) == dict.fromkeys(("pages", *WELL), "operational")


@pytest.mark.parametrize("part", WELL)
@pytest.mark.parametrize("how", ["it found a problem", "it broke"])
def test_a_part_that_fails_is_degraded_and_nothing_inside_is_told(client: Client, checks, part: str, how: str) -> None:
    checks[part].problem, checks[part].broken = INSIDE, how == "it broke"
    answer = client.get("/status")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-state="degraded" role="status"' in page
    assert "Some parts do not work as they should." in text(answer)
    assert f'<li data-part="{part}" data-state="degraded">' in page
    machine = client.get("/status.json")
    assert machine.json()["state"] == "degraded"
    assert states(client) == dict.fromkeys(("pages", *WELL), "operational") | {part: "degraded"}
    for inside in ("10.0.0.7", "5432", "password auth", "panel.conf", "a check", "RuntimeError"):
        assert inside not in page
        assert inside not in machine.content.decode()


def test_what_is_read_through_a_part_that_fails_is_not_known(client: Client, checks) -> None:
    checks["cache"].problem = checks["orders"].problem = INSIDE
    assert states(client)["orders"] == "unknown"
    assert states(client)["cache"] == "degraded"
    assert '<li data-part="orders" data-state="unknown">' in client.get("/status").content.decode()


def test_a_part_is_well_where_all_of_its_checks_are(client: Client, checks) -> None:
    second = Fake()
    module.board.checks = {**module.board.checks, "database": (checks["database"], second)}
    second.problem = INSIDE
    assert states(client)["database"] == "degraded"


def test_looks_once_in_ten_seconds_however_many_ask(client: Client, checks, time) -> None:
    for _ in range(5):
        client.get("/status")
        client.get("/status.json")
    assert checks["database"].looked == 1
    checks["database"].problem = INSIDE
    time.move(seconds=9.9)
    assert states(client)["database"] == "operational"
    time.move(seconds=0.1)
    assert states(client)["database"] == "degraded"
    assert checks["database"].looked == 2


def test_a_check_that_hangs_holds_nobody_else_up(client: Client, checks, time) -> None:
    hanging, go_on = threading.Event(), threading.Event()

    def hang() -> Part:
        hanging.set()
        assert go_on.wait(30)
        return Part("it")

    module.board.checks = {"cache": (hang,)}
    first = threading.Thread(target=module.board.read)
    first.start()
    assert hanging.wait(30)
    assert client.get("/status.json").json()["state"] == "unknown"
    assert "How the parts are doing is being looked at." in text(client.get("/status"))
    assert states(client)["pages"] == "operational"
    go_on.set()
    first.join()
    assert states(client)["cache"] == "operational"


@pytest.mark.django_db
def test_asks_the_database_nothing_itself_whoever_reads(
    client: Client, checks, alice: Person, django_assert_num_queries
):
    client.force_login(alice.user)
    for page in ("/status", "/status.json"):
        with django_assert_num_queries(0):
            assert client.get(page).status_code == 200


def test_is_anybodys_for_ten_seconds(client: Client, checks) -> None:
    for page in ("/status", "/status.json"):
        answer = client.get(page)
        assert answer.headers["Cache-Control"] == "public, max-age=10"
        assert not answer.cookies


@pytest.mark.django_db(transaction=True)
def test_the_panels_own_checks_stand_behind_it(client: Client, tiers) -> None:
    assert set(health.PUBLIC) == set(WELL)
    import_module("notpanel.urls")
    assert module.board.checks is health.PUBLIC
    health.beat()
    assert module.Board(health.PUBLIC).read().states == dict.fromkeys(("pages", *WELL), "operational")
