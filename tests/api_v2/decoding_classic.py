"""Every answer of the classic dialect is decoded by a strict reader, and is what protocol.md says, to the letter."""

from datetime import date
from decimal import Decimal

import pytest

import accounts.operations
from accounts.models import ApiKey
from kit import clock, ids
from orders.models import Order, Refill, Subscription
from orders.operations import refills
from tests.api_v2.classic_shapes import ALONE, ERROR, EVENTS, TYPES
from tests.api_v2.conftest import HOOK, LINK, books_agree, everything
from tests.api_v2.decoder import decoded
from tests.api_v2.in_classic import ask, called, classic, ended, waiting
from tests.orders.subscribed import posts_service, say, size, subscription
from webhooks.models import Endpoint

__all__ = ["ask", "classic", "ended", "posts_service", "subscription", "waiting"]
pytestmark = pytest.mark.django_db

FRESH = {"status": "Pending", "charge": "0.90", "start_count": "0", "remains": "1000", "currency": "USD"}
NO_ORDER = {"error": "Incorrect order ID"}
NO_REFILL = {"error": "Refill not found"}
NOWHERE = "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"
WHO = {"actor": "operator@example.com", "reason": "seen to"}


def test_the_balance_is_a_string(ask):
    assert ask("balance") == {"balance": "100.00", "currency": "USD"}


def test_services_have_integers_strings_and_booleans_and_no_time_where_it_is_unknown(ask, sell):
    assert ask("services") == []
    plain = sell(category="Likes")
    timed = sell(rate="0.00012345", average_time=90, description="Slow", refill=True, cancel=True, dripfeed=True)
    kept = {"category": "Likes", "name": "Likes", "type": "Default", "min": "50", "max": "10000"}
    no = {"refill": False, "cancel": False, "dripfeed": False}
    assert ask("services") == [
        {"service": plain.pk, **kept, "rate": "0.90", **no, "description": ""},
        {"service": timed.pk, **kept, "rate": "0.00012345", **dict.fromkeys(no, True)}
        | {"description": "Slow", "average_time": 90},
    ]


def test_services_are_of_every_type_in_its_own_spelling(ask, sell):
    for position, kind in enumerate(TYPES):
        sell(type=kind, position=position)
    assert [row["type"] for row in ask("services")] == list(TYPES)


def test_adding_answers_the_orders_number_with_and_without_a_request_id(ask, service):
    form = {"service": service.pk, "link": LINK, "quantity": 100}
    named, unnamed = ask("add", **form, request_id="r-1"), ask("add", **form)
    assert [named, unnamed] == [{"order": each} for each in Order.objects.order_by("pk").values_list("pk", flat=True)]


def test_a_fresh_order_has_nothing_of_null(ask, waiting):
    assert ask("status", order=waiting().pk) == FRESH


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("pending", "Pending"),
        ("processing", "Processing"),
        ("in_progress", "In progress"),
        ("completed", "Completed"),
        ("partial", "Partial"),
        ("canceled", "Canceled"),
        ("failed", "Canceled"),
    ],
)
def test_every_status_has_its_word_alone_and_in_a_batch(ask, waiting, word, shown):
    order = waiting()
    called(order, word)
    assert ask("status", order=order.pk) == FRESH | {"status": shown}
    assert ask("status", orders=order.pk) == {str(order.pk): FRESH | {"status": shown}}


def test_the_charge_is_what_is_kept_of_it(ask, ended):
    partial, canceled = ended("partial"), ended("canceled")
    Order.objects.filter(pk=partial.pk).update(start_count=1234)
    shown = {"charge": "0.54", "start_count": "1234", "remains": "400", "currency": "USD"}
    assert ask("status", order=partial.pk) == {"status": "Partial", **shown}
    assert ask("status", order=canceled.pk) == FRESH | {"status": "Canceled", "charge": "0.00"}
    assert ask("balance") == {"balance": "99.46", "currency": "USD"}
    assert books_agree()


def test_a_batch_of_statuses_is_keyed_by_each_id_as_it_was_sent(ask, waiting):
    first, second = waiting(), waiting()
    sent = f"{second.pk}, 00{first.pk} ,,{first.shown_id},{second.pk},{NOWHERE},999999,-1,é"
    answer = ask("status", orders=sent)
    keys = [str(second.pk), f"00{first.pk}", first.shown_id, NOWHERE, "999999", "-1", "é"]
    assert list(answer) == keys
    assert [answer[each] for each in keys] == [FRESH] * 3 + [NO_ORDER] * 4


@pytest.mark.parametrize("wrong", ["999999", "-1", "x", NOWHERE, "\0", "9" * 400])
def test_an_order_there_is_not_is_an_error_with_200(ask, wrong):
    assert ask("status", order=wrong) == NO_ORDER
    assert ask("refill", order=wrong) == NO_ORDER


# --- Subscriptions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("active", "Active"),
        ("paused", "Paused"),
        ("completed", "Completed"),
        ("expired", "Expired"),
        ("canceled", "Canceled"),
    ],
)
def test_a_subscription_has_its_own_words_and_null_where_no_day_is_set(ask, subscription, state, shown):
    order = subscription(posts=3)
    Subscription.objects.filter(pk=order.pk).update(state=state)
    told = {"status": shown, "expiry": None, "posts": "0", "orders": []}
    assert ask("status", order=order.pk) == told
    assert ask("status", orders=f"{order.pk},7") == {str(order.pk): told, "7": NO_ORDER}


def test_a_subscription_shows_its_last_day_its_posts_and_the_numbers_of_their_orders(ask, subscription):
    order = subscription(posts=3)
    Subscription.objects.filter(pk=order.pk).update(expires_on=date(2031, 2, 9))
    say(order, "active", "p1", "p2")
    size("p1", 500)
    child = Order.objects.get(parent=order)
    told = {"status": "Active", "expiry": "09/02/2031", "posts": "2", "orders": [child.pk]}
    assert ask("status", order=order.pk) == told
    post = {"status": "Processing", "charge": "0.45", "start_count": "0", "remains": "500", "currency": "USD"}
    assert ask("status", orders=f"{order.pk},{child.pk}") == {str(order.pk): told, str(child.pk): post}


# --- Refills -----------------------------------------------------------------------------------------------------


def test_one_refill_is_a_string_of_its_number_and_one_of_a_batch_an_integer(ask, ended):
    first, second, late = ended(), ended("partial"), ended(refill=False)
    alone = ask("refill", order=first.pk)
    assert alone == {"refill": str(Refill.objects.get().pk)}
    answer = ask("refill", orders=f"{second.pk}, 00{second.pk},{second.shown_id},{late.pk},{first.pk},999999,x,-1")
    made = Refill.objects.get(order=second).pk
    assert answer == [
        {"order": second.pk, "refill": made},
        {"order": second.pk, "refill": made},
        {"order": second.shown_id, "refill": made},
        {"order": late.pk, "refill": {"error": "Refill is disabled for this service"}},
        {"order": first.pk, "refill": {"error": "The refill task is not completed for this order"}},
        {"order": 999999, "refill": NO_ORDER},
        {"order": "x", "refill": NO_ORDER},
        {"order": "-1", "refill": NO_ORDER},
    ]
    assert Refill.objects.count() == 2


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("pending", "Pending"),
        ("in_progress", "In progress"),
        ("completed", "Completed"),
        ("rejected", "Rejected"),
    ],
)
def test_every_status_of_a_refill_has_its_word_alone_and_in_a_batch(ask, ended, word, shown):
    refill = int(ask("refill", order=ended().pk)["refill"])
    Refill.objects.update(status=word, ended_at=clock.now() if word in {"completed", "rejected"} else None)
    assert ask("refill_status", refill=refill) == {"status": shown}
    assert ask("refill_status", refills=refill) == [{"refill": refill, "status": shown}]


def test_a_batch_of_refills_has_a_row_for_each_id_and_an_error_in_place_of_the_status(ask, ended):
    for _ in range(2):
        ask("refill", order=ended(refill_by_hand=True).pk)
    first, second = Refill.objects.order_by("pk")
    refills.reject(refill_id=second.pk, **WHO)
    assert ask("refill_status", refills=f"{second.pk}, {first.pk},{first.shown_id},{first.pk},999999,x") == [
        {"refill": second.pk, "status": "Rejected"},
        {"refill": first.pk, "status": "Pending"},
        {"refill": first.shown_id, "status": "Pending"},
        {"refill": first.pk, "status": "Pending"},
        {"refill": 999999, "status": NO_REFILL},
        {"refill": "x", "status": NO_REFILL},
    ]
    assert ask("refill_status", refill="999999") == NO_REFILL


# --- Cancelling --------------------------------------------------------------------------------------------------


def test_cancelling_one_is_a_list_of_one(ask, waiting):
    order = waiting()
    assert ask("cancel", order=order.pk) == [{"order": order.pk, "cancel": 1}]
    assert ask("cancel", orders=order.pk) == [{"order": order.pk, "cancel": 1}]
    assert ask("balance") == {"balance": "100.00", "currency": "USD"}
    assert ask("cancel", order="999999") == [{"order": 999999, "cancel": NO_ORDER}]
    assert books_agree()


def test_a_batch_of_cancels_has_numbers_where_numbers_were_sent_and_else_what_was_sent(ask, waiting, ended):
    first, second, over = waiting(), waiting(), ended()
    huge = "9" * 400
    sent = f"{first.pk}, 00{first.pk},{second.shown_id},{over.pk},{first.pk},{NOWHERE},999999,x,-1,{2**63},{huge},"
    assert ask("cancel", orders=sent) == [
        {"order": first.pk, "cancel": 1},
        {"order": first.pk, "cancel": 1},
        {"order": second.shown_id, "cancel": 1},
        {"order": over.pk, "cancel": {"error": "Order cannot be canceled"}},
        {"order": first.pk, "cancel": 1},
        {"order": NOWHERE, "cancel": NO_ORDER},
        {"order": 999999, "cancel": NO_ORDER},
        {"order": "x", "cancel": NO_ORDER},
        {"order": "-1", "cancel": NO_ORDER},
        {"order": str(2**63), "cancel": NO_ORDER},
        {"order": huge, "cancel": NO_ORDER},
    ]
    assert set(Order.objects.filter(pk__in=[first.pk, second.pk]).values_list("status", flat=True)) == {"canceled"}
    assert ask("balance") == {"balance": "99.10", "currency": "USD"}


# --- Webhooks ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("locally")
def test_webhooks_are_answered_as_in_the_standard_dialect(ask):
    added = ask("webhook.add", url=HOOK, events="order.completed,refill.completed")
    everywhere = ask("webhook.add", url=HOOK)
    first, second = Endpoint.objects.order_by("pk")
    shown = [ids.shown("whk", each.public_id) for each in (first, second)]
    assert (added["webhook"], added["url"]) == (shown[0], HOOK)
    assert (added["events"], everywhere["events"]) == (["order.completed", "refill.completed"], list(EVENTS))
    listed = ask("webhook.list")
    assert [(each["webhook"], each["status"]) for each in listed] == [(each, "active") for each in shown]
    assert ask("webhook.test", webhook=shown[0])["webhook"] == shown[0]
    assert ask("webhook.remove", webhook=shown[0]) == {"webhook": shown[0], "removed": True}
    Endpoint.objects.filter(pk=second.pk).update(disabled_at=clock.now(), disabled_because="operator")
    assert [each["status"] for each in ask("webhook.list")] == ["disabled"]
    assert ask("webhook.remove", webhook=shown[0]) == {"error": "Webhook not found"}


# --- What is refused before an action ------------------------------------------------------------------------------


def test_a_spent_limit_keeps_its_status_and_says_so_in_an_error_object(post, classic, alice):
    key = ApiKey.objects.get(account_id=alice.id, dialect="classic")
    accounts.operations.edit_key(key_id=key.pk, requests_per_minute=1)
    assert post(key=classic, action="services").status == 200
    before = everything()
    spent = post(key=classic, action="services")
    assert (spent.status, decoded(spent.body, ERROR)) == (429, {"error": "Rate limit exceeded"})
    assert spent.headers["X-RateLimit-DeniedBy"] == "key"
    assert decoded(post(key=classic, action="balance").body, ALONE["balance"])["balance"] == "100.00"
    assert everything() == before


def test_what_breaks_inside_keeps_its_status(post, classic, monkeypatch):
    def fail(*args):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("catalog.queries.listing", fail)
    broken = post(key=classic, action="services")
    assert (broken.status, decoded(broken.body, ERROR)) == (500, {"error": "Internal server error"})


def test_an_amount_that_is_huge_or_tiny_is_decoded_too(ask, waiting):
    order = waiting()
    Order.objects.filter(pk=order.pk).update(charge=Decimal("0.00000001"))
    assert ask("status", order=order.pk)["charge"] == "0.00000001"
    Order.objects.filter(pk=order.pk).update(charge=Decimal("999999999999.9"))
    assert ask("status", order=order.pk)["charge"] == "999999999999.90"
