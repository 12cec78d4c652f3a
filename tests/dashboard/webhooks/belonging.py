"""Another account's webhook is on no page and behind no button: 404, and nothing of it is told or changed."""

import pytest

from tests.dashboard.webhooks.conftest import URL
from tests.dashboard.webhooks.pages import BUTTONS, LIST, everything, page
from tests.webhooks.ended import attempt, delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(endpoint):
    """A delivery to alice's endpoint, with an attempt."""
    made = delivery(endpoint)
    attempt(made, excerpt="alices-own-answer")
    return made


def addresses(endpoint, told):
    rest = [(), *((each,) for each in BUTTONS), (told.shown_event,), (told.shown_event, "resend")]
    return [page(endpoint, *each) for each in rest]


@pytest.mark.parametrize("number", range(len(BUTTONS) + 3))
def test_is_not_found_by_whom_it_does_not_belong_to(bobs, endpoint, told, number):
    before = everything()
    address = addresses(endpoint, told)[number]
    for answer in (bobs.get(address), bobs.post(address, {"since": "2026-01-01"})):
        assert answer.status_code in {404, 405}
        assert "alices-own" not in answer.text
    assert bobs.post(address).status_code == 404 or bobs.get(address).status_code == 404
    assert everything() == before


def test_is_not_listed_to_anybody_else(bobs, endpoint):
    assert URL not in bobs.get(LIST).text


def test_a_delivery_is_not_found_under_another_endpoint(bobs, bob, listen, told):
    own = listen(bob)
    before = everything()
    assert bobs.get(page(own, told.shown_event)).status_code == 404
    assert bobs.post(page(own, told.shown_event, "resend")).status_code == 404
    assert everything() == before


def test_a_rotation_asked_for_by_one_rotates_nothing_of_anothers(bobs, bob, listen, endpoint):
    form = {"press": bobs.get(page(listen(bob), "rotate")).context["press"]}
    before = everything()
    assert bobs.post(page(endpoint, "rotate"), form).status_code == 404
    assert everything() == before


@pytest.mark.parametrize("name", ["whk_0", "nothing", "ord_00000000000000000000000000"])
def test_what_names_nothing_is_not_found(alices, endpoint, name):
    for rest in ("", "/rotate", "/evt_00000000000000000000000000"):
        assert alices.get(f"{LIST}/{name}{rest}").status_code == 404


def test_who_is_not_logged_in_is_asked_to(client, endpoint, told):
    before = everything()
    for address in (LIST, f"{LIST}/new", *addresses(endpoint, told)):
        answer = client.post(address)
        assert answer.status_code in {302, 405}
    assert everything() == before
