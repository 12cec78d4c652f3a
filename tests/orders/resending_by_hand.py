"""Resend… by the operator, of a purchase that its provider knows by a request_id: never a second one there."""

from typing import Any

import pytest

import orders.queries
from events.queries import history
from kit import clock
from orders import tasks
from orders.models import Order
from orders.operations import detach, mark_placed
from orders.operations import resend as resend_by_hand
from providers.models import Provider
from providers.operations import pause, resume, set_key
from tests.orders.resent import bought, notpanel, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "bob@panel.example", "reason": "they are back"}


def at_theirs(bob):
    return Order.objects.filter(account_id=bob.id).count()


@pytest.mark.parametrize("lost", ["html after", "html before"])
def test_it_is_sent_again_at_once_under_its_request_id(lost, unknown, notpanel, bob, time):
    order = unknown(lost)
    resend_by_hand(order_id=order.pk, **WHO)
    assert tasks.resend_due() == 1
    assert (standing(order), at_theirs(bob)) == (("processing", "placed"), 1)
    assert len(set(notpanel.request_ids)) == 1
    told = history("order", order.pk).get(kind="purchase.resent")
    assert (told.actor, told.data["purchases"]) == ("bob@panel.example", [bought(order).pk])


def test_it_buys_nothing_twice_a_day_later_either_and_as_often_as_he_wants(unknown, notpanel, bob, time, settings):
    order = unknown("html after")
    time.move(hours=settings.HOLD_HOURS, minutes=61)
    tasks.sweep()
    assert (bought(order).resend_at, orders.queries.undecided().count()) == (None, 1)
    for _ in range(2):
        notpanel.next.append("html after")
        resend_by_hand(order_id=order.pk, **WHO)
        tasks.sweep()
        assert bought(order).resend_at == clock.now()  # it has an hour to be sent in, however old it is
        assert tasks.resend_due() == 1
        assert (bought(order).resend_at, standing(order)[1]) == (None, "unknown")
        time.move(hours=1)
        Provider.objects.update(ask_again_at=None)
    resend_by_hand(order_id=order.pk, **WHO)
    assert tasks.resend_due() == 1
    assert (standing(order), at_theirs(bob)) == (("processing", "placed"), 1)


def test_what_another_account_was_sent_goes_as_a_new_attempt(unknown, notpanel, upstream, bob, person, time):
    order = unknown("html before")
    set_key(provider_id=upstream.pk, key=person("carol").key)
    resend_by_hand(order_id=order.pk, **WHO)
    assert list(order.purchases.order_by("attempt").values_list("state", flat=True)) == ["refused", "queued"]
    assert tasks.buy_due() == 1
    assert len(set(notpanel.request_ids)) == 2


def test_at_a_paused_provider_it_is_his_until_that_is_resumed(unknown, upstream, bob, time):
    order = unknown("html after")
    pause(provider_id=upstream.pk)
    assert [each.order for each in orders.queries.undecided()] == [order]
    assert tasks.watch() == 1
    resume(provider_id=upstream.pk)
    assert tasks.watch() == 0
    time.move(seconds=16)
    assert tasks.resend_due() == 1
    assert (standing(order)[1], at_theirs(bob)) == ("placed", 1)


def test_once_a_wrong_id_is_taken_back_it_is_sent_again_by_itself(unknown, bob, time):
    order = unknown("html after")
    mark_placed(order_id=order.pk, provider_order_id="ord_01M834ZQ16EZX12ZA9XDY6RCA4", **WHO)
    detach(order_id=order.pk, **WHO)
    assert tasks.resend_due() == 1
    assert (standing(order)[1], at_theirs(bob)) == ("placed", 1)
