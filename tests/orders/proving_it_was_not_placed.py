"""What may be believed of a refusal of a purchase that is sent again: only what a NotPanel says after it has looked."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

import wallets.queries
from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from orders.operations.cancelling import Canceled, cancel
from tests.orders.resent import bought, claimed, notpanel, resend, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
PROOFS = [
    "Service not found",
    "Quantity below the minimum of 50",
    "Quantity above the maximum of 10000",
    "Invalid parameter: link",
    "Invalid parameter: quantity",
    "Invalid parameter: service",
    "An order for this link is already in progress",
    "Invalid coupon",
]
NO_PROOFS = [
    *((400, text) for text in ("Invalid API key", "Use POST", "Invalid host", "Malformed request body")),
    *((400, f"Missing required parameter: {name}") for name in ("request_id", "link", "action")),
    *((400, f"Invalid parameter: {name}") for name in ("request_id", "username")),
    *((400, text) for text in ("Unknown action", "request_id was already used for a different order")),
    *((400, text) for text in ("We are closed today", "Service not found today", "Order not found", "Bad link")),
    *((200, text) for text in ("Service not found", "Insufficient balance", "Incorrect service ID")),
    *((403, text) for text in ("Account suspended", "API key is read-only", "Service not found")),
    *((status, "Service not found") for status in (404, 413, 429, 500, 503)),
]


def say_again(notpanel, time, *answers):
    """Have the next sendings answered so, each as long after the one before as it takes."""
    notpanel.next += [each if isinstance(each, str) else (each[0], json.dumps({"error": each[1]})) for each in answers]
    for _ in answers:
        resend(time)


def long_ago(order):
    """Let no sending of the order be on its way any more."""
    Purchase.objects.filter(order=order).update(claimed_at=clock.now() - timedelta(minutes=5))


@pytest.mark.parametrize("text", PROOFS)
def test_what_is_looked_at_after_the_request_id_proves_it_and_is_refunded(text, unknown, notpanel, time, alice):
    order = unknown("html before")
    long_ago(order)
    say_again(notpanel, time, (400, text))
    assert standing(order) == ("failed", "refused")
    assert bought(order).resend_at is None
    assert wallets.queries.balance_from_database(alice.id) == 100


@pytest.mark.parametrize(("status", "text"), NO_PROOFS)
def test_nothing_else_proves_anything(status, text, unknown, notpanel, time, alice):
    order = unknown("html after")
    long_ago(order)
    say_again(notpanel, time, (status, text))
    assert standing(order) == ("processing", "unknown")
    assert bought(order).resend_at == clock.now() + timedelta(seconds=30)
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    resend(time)
    assert standing(order) == ("processing", "placed")


def test_what_could_not_be_paid_there_waits_as_if_it_had_never_been_sent(unknown, notpanel, time, upstream, bob):
    order = unknown("html before")
    long_ago(order)
    say_again(notpanel, time, (400, "Insufficient balance"))
    upstream.refresh_from_db()
    assert (standing(order), upstream.failing_at) == (("pending", "queued"), "add")
    time.move(minutes=11)
    tasks.buy_due()
    assert standing(order) == ("processing", "placed")
    first, again, anew = notpanel.request_ids
    assert (first == again, again == anew) == (True, False)
    assert Order.objects.filter(account_id=bob.id).count() == 1


def test_a_refusal_that_overtook_the_call_before_it_is_waited_out(unknown, notpanel, time, alice):
    """The first call was given up here and may lie there still, to be placed after the second was refused."""
    order = unknown("timeout before")
    refusal = (400, "Insufficient balance")
    say_again(notpanel, time, refusal, refusal, refusal)  # after 15 s, 30 s and a minute
    assert standing(order) == ("processing", "unknown")
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    say_again(notpanel, time, (400, "Service not found"))  # after two more
    assert standing(order) == ("failed", "refused")
    assert wallets.queries.balance_from_database(alice.id) == 100


@pytest.mark.parametrize("cancels", [True, False])
@pytest.mark.parametrize("when", ["before", "while it is sent again"])
def test_a_cancel_is_kept_and_sent_on_once_it_is_known_to_be_there(
    when, cancels, unknown, notpanel, time, alice, bob, service
):
    from orders.operations import resending

    type(service).objects.filter(pk=service.pk).update(cancel=cancels)
    order = unknown("timeout after")
    send = resending.send

    def cancelled_meanwhile(sending):
        assert isinstance(cancel(account_id=alice.id, sent=[order.shown_id])[order.shown_id], Canceled)
        return send(sending)

    if when == "before":
        assert isinstance(cancel(account_id=alice.id, sent=[order.shown_id])[order.shown_id], Canceled)
        resend(time)
    else:
        time.move(seconds=16)
        sending = claimed(resending.claim)
        resending.record(sending, cancelled_meanwhile(sending))
    assert standing(order) == ("processing", "placed")
    assert [each.data["unknown"] for each in _cancels(order)] == [[bought(order).pk]]
    tasks.cancel_due()
    assert bought(order).cancel_sent_at is not None
    assert Order.objects.get(account_id=bob.id).status == "canceled"
    time.move(minutes=10)
    tasks.follow_due()
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", order.charge)


def _cancels(order):
    from events.queries import history

    return history("order", order.pk).filter(kind="order.cancel_requested")
