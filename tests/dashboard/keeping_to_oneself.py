"""Nobody sees, changes or learns of what is another's: every address is walked, by whatever method."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from tests.conftest import Person
from tests.dashboard.walking import Address, addresses
from tests.dashboard.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
WALKED = addresses()
OF_SOMETHING = [each for each in WALKED if set(each.parameters) & {"sent", "webhook", "event", "key_id"}]
# Of a form's fields whatever any of them might take, so that nothing is refused for being incomplete.
FORM = {
    "url": "https://example.com/hook",
    "name": "bob's now",
    "since": "2020-01-01 00:00",
    "events": "order.completed",
}


@pytest.fixture
def bobs(client: Client, bob: Person) -> Client:
    bob.user.set_password("correct horse battery")
    bob.user.save()
    client.force_login(bob.user)
    return client


def state() -> dict[str, Any]:
    """Return every row of every table, but bob's session."""
    models = [each for each in apps.get_models() if each._meta.app_label not in {"sessions", "usersessions", "admin"}]
    return {each._meta.label: list(each._default_manager.order_by("pk").values()) for each in models}


@pytest.mark.parametrize("address", OF_SOMETHING, ids=lambda each: each.name)
def test_another_resellers_things_are_nowhere(bobs: Client, world: World, address: Address) -> None:
    path, before = address.of(world.things), state()
    form = FORM | {"proof-password": "correct horse battery", "prefix": world.things["key_id"]}
    answers = [ask(path, form) for ask in (bobs.get, bobs.post)]
    assert {each.status_code for each in answers} <= {404, 405}
    assert 404 in {each.status_code for each in answers}
    told = [_text(answer).replace(path, "what was asked for") for answer in answers]
    assert not [each for text in told for each in world.markers if each in text]
    assert state() == before


def test_no_page_shows_anything_of_anothers(bobs: Client, world: World) -> None:
    leaks = {}
    walked = [each for each in WALKED if not set(each.parameters) - {"slug"}]
    for address in walked:
        answer = bobs.get(address.of(world.things))
        assert answer.status_code in {200, 301, 302, 303, 404, 405}, address
        text = _text(answer)
        if found := [each for each in world.markers if each in text]:
            leaks[address.route] = found
    assert leaks == {}
    assert len(walked) > 50
    assert bobs.get("/dashboard").status_code == 200  # he was logged in all the while


def test_the_pages_that_were_walked_do_show_her_own(client: Client, world: World) -> None:
    """The control: were the addresses wrong, nobody would find anything there."""
    client.force_login(world.alice.user)
    found = {each.name: client.get(each.of(world.things)) for each in OF_SOMETHING}
    shown = {name for name, answer in found.items() if answer.status_code == 200 and _shows(answer, world)}
    assert {"order", "webhook", "delivery", "change_key", "rotate_key", "end_key"} <= shown
    assert 404 not in {answer.status_code for answer in found.values()}


def test_every_page_of_an_account_asks_who_it_is(client: Client, world: World) -> None:
    behind = [each for each in WALKED if each.route.startswith("dashboard")]
    assert len(behind) > 20
    for each in behind:
        answer = client.get(each.of(world.things))
        assert answer.status_code in {302, 405}, each
        if answer.status_code == 405:
            answer = client.post(each.of(world.things))
        assert answer.headers["Location"].startswith("/accounts/login/"), each


def _text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def _shows(answer: Any, world: World) -> bool:
    return any(each in _text(answer) for each in world.markers)
