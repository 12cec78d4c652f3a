"""The link guard, by the reseller's door: one open order for a link, where the operator wants it so."""

import threading
from functools import partial

import pytest
from django.db import transaction

from orders.guarding import normalised
from orders.models import Order, Purchase
from orders.operations import cancel_and_refund
from tests.api_v2.conftest import books_agree, everything
from tests.breaking import refused_by
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)
LINK = "https://example.com/p/1"
REFUSED = {"error": "An order for this link is already in progress"}


@pytest.fixture
def adding(post, service):
    """Order 100 of the service: `adding(alice, "r-1", link=…)`."""

    def add(person, request_id, link=LINK, of=None, **more):
        form = {"service": (of or service).pk, "link": link, "quantity": 100, "request_id": request_id} | more
        return post(key=person.key, action="add", **form)

    return add


def test_without_the_guard_a_link_is_ordered_as_often_as_one_likes(adding, alice, settings):
    assert settings.LINK_GUARD == "off"
    assert [adding(alice, f"r-{number}").status for number in range(3)] == [200, 200, 200]
    assert set(Order.objects.values_list("guard", flat=True)) == {None}


@pytest.mark.parametrize("scope", ["account", "panel"])
def test_refuses_the_accounts_own_second_open_order_and_changes_nothing(adding, alice, settings, scope):
    settings.LINK_GUARD = scope
    assert adding(alice, "r-1").status == 200
    before = everything()
    answer = adding(alice, "r-2")
    assert (answer.status, answer.json) == (400, REFUSED)
    assert everything() == before
    assert books_agree()


@pytest.mark.parametrize(("scope", "status"), [("account", 200), ("panel", 400)])
def test_whether_another_account_may_order_it_is_the_operators_choice(adding, alice, bob, settings, scope, status):
    settings.LINK_GUARD = scope
    assert adding(alice, "r-1").status == 200
    assert adding(bob, "r-1").status == status


def test_another_service_and_another_link_are_free(adding, alice, sell, settings):
    settings.LINK_GUARD = "panel"
    assert adding(alice, "r-1").status == 200
    assert adding(alice, "r-2", of=sell(remote_id="2")).status == 200
    assert adding(alice, "r-3", link="https://example.com/p/2").status == 200


@pytest.mark.parametrize(
    "again",
    [
        "https://EXAMPLE.com/p/1",
        "HTTPS://example.com/p/1",
        "https://example.com/p/1/",
        "https://example.com:443/p/1",
        "https://example.com/p/1#photo",
    ],
)
def test_another_spelling_is_the_same_link(adding, alice, settings, again):
    settings.LINK_GUARD = "account"
    assert adding(alice, "r-1").status == 200
    assert adding(alice, "r-2", link=again).json == REFUSED


@pytest.mark.parametrize(
    "other",
    [
        "http://example.com/p/1",
        "https://example.com/P/1",
        "https://example.com:8443/p/1",
        "https://example.com/p/1?a=1",
    ],
)
def test_what_may_be_another_page_is_another_link(other):
    assert normalised(other) != normalised(LINK)


@pytest.mark.parametrize("name", ["alice", "@alice", " Alice ", "@ALICE"])
def test_a_name_is_one_in_every_spelling(name):
    assert normalised(name) == "alice"


def test_what_is_no_link_at_all_is_taken_for_a_name():
    assert normalised("http://[x") == "http://[x"


def test_the_link_is_free_again_after_the_end(adding, alice, settings):
    settings.LINK_GUARD = "account"
    adding(alice, "r-1")
    cancel_and_refund(order_id=Order.objects.get().pk, actor="bob@panel.example", reason="asked")
    assert adding(alice, "r-2").status == 200
    assert Order.objects.exclude(guard=None).count() == 1


def test_a_replay_still_answers(adding, alice, settings):
    settings.LINK_GUARD = "account"
    first = adding(alice, "r-1")
    again = adding(alice, "r-1")
    assert (again.status, again.json) == (200, first.json)


def test_a_request_id_that_was_refused_may_be_tried_again(adding, alice, settings):
    settings.LINK_GUARD = "account"
    adding(alice, "r-1")
    assert adding(alice, "r-2").json == REFUSED
    cancel_and_refund(order_id=Order.objects.get().pk, actor="bob@panel.example", reason="asked")
    assert adding(alice, "r-2").status == 200


def test_a_drip_feed_holds_its_link_until_its_last_run_has_ended(adding, alice, sell, settings):
    settings.LINK_GUARD = "account"
    dripping = sell(remote_id="7", dripfeed=True)
    assert adding(alice, "r-1", of=dripping, runs=2, interval=10).status == 200
    first, second = Purchase.objects.order_by("run")
    from orders.operations.settling import settle

    ended = {"state": "done", "reported": "completed", "remains": 0}
    Purchase.objects.filter(pk=first.pk).update(provider_order_id="1", **ended)
    settle(first.order_id)
    assert adding(alice, "r-2", of=dripping).json == REFUSED
    Purchase.objects.filter(pk=second.pk).update(provider_order_id="2", **ended)
    settle(first.order_id)
    assert adding(alice, "r-2", of=dripping).status == 200


def test_a_subscription_is_guarded_by_its_username(post, alice, sell, settings):
    settings.LINK_GUARD = "account"
    service = sell(remote_id="8", type="Subscriptions")
    form = {"service": service.pk, "username": "carol", "min": 50, "max": 100, "delay": 0, "posts": 3}

    def add(request_id, **more):
        return post(key=alice.key, action="add", request_id=request_id, **form | more)

    assert add("r-1").status == 200
    assert add("r-2", username="@Carol").json == REFUSED
    assert add("r-3", username="dave").status == 200


def test_with_the_guard_off_both_of_two_at_once_find_the_link_free(adding, alice, settings):
    """The control: look first, order then. Both have looked before either orders."""
    both_have_looked = threading.Barrier(2)

    def look_and_order(request_id):
        free = not Order.objects.filter(link=LINK, ended_at=None).exists()
        both_have_looked.wait(PATIENCE)
        return adding(alice, request_id).status if free else 400

    assert at_once(partial(look_and_order, "r-1"), partial(look_and_order, "r-2")) == [200, 200]


def test_of_twenty_at_once_exactly_one_is_taken(adding, alice, bob, settings):
    settings.LINK_GUARD = "panel"
    calls = [partial(adding, (alice, bob)[number % 2], f"r-{number}") for number in range(20)]
    answers = at_once(*calls)
    assert sorted(each.status for each in answers) == [200] + [400] * 19
    assert {each.json["error"] for each in answers if each.status == 400} == {REFUSED["error"]}
    assert Order.objects.count() == Purchase.objects.count() == 1
    assert books_agree()


def test_the_database_holds_it_too(adding, alice, settings):
    settings.LINK_GUARD = "account"
    adding(alice, "r-1")
    settings.LINK_GUARD = "off"
    adding(alice, "r-2")
    guard = Order.objects.exclude(guard=None).values_list("guard", flat=True).get()
    with refused_by("order_link_guard"), transaction.atomic():
        Order.objects.filter(guard=None).update(guard=guard)
