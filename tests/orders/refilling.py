"""Refills: sent to the providers, followed to the end, or decided by the operator."""

from decimal import Decimal

import pytest

from events.models import Event
from kit import clock, ids
from orders import tasks
from orders.models import Order, Purchase, Refill, RefillPart
from orders.operations import refills
from orders.operations.refills import following
from orders.operations.refills.claiming import Batch, Claimed
from orders.operations.settling import settle
from orders.refill_queries import statuses
from orders.refill_states import REFILL_PART_TRANSITIONS, REFILL_TRANSITIONS, Part, refill_status
from orders.states import RefillPartState, RefillStatus
from providers.refilling import RefillNews
from tests.breaking import refused_by
from tests.orders.refilled import WHO, delivered, refill

__all__ = ["delivered", "refill"]

pytestmark = pytest.mark.django_db(transaction=True)


def states(refill):
    refill.refresh_from_db()
    return refill.status, [(each.state, each.reported) for each in refill.parts.all()]


def kinds(refill):
    return list(
        Event.objects.filter(subject="refill", subject_id=refill.pk).order_by("id").values_list("kind", flat=True)
    )


@pytest.fixture
def follow_refills():
    """Ask about every refill under way until the providers have said their last word."""
    import time as real

    def until_ended():
        deadline = real.monotonic() + 20
        while RefillPart.objects.filter(state="sent").exists():
            assert real.monotonic() < deadline, "the provider never finished"
            RefillPart.objects.filter(state="sent").update(due_at=clock.now())
            tasks.refill_due()

    return until_ended


@pytest.mark.parametrize("behaviour", ["deliver", "partial"])
def test_a_refill_is_sent_and_followed_until_it_is_completed(delivered, refill, follow_refills, demo, alice, behaviour):
    order = delivered(behaviour)
    mine = refill(order)
    demo.control(refill_seconds=1)
    assert tasks.refill_due() == 1
    assert demo.calls("refill")[0]["params"] == {"orders": order.purchases.get().provider_order_id}
    assert states(mine) == ("pending", [("sent", "pending")])
    assert mine.parts.get().provider_refill_id == "1"
    assert tasks.refill_due() == 0  # it is asked about after FOLLOW_INTERVAL

    follow_refills()

    assert states(mine) == ("completed", [("done", "completed")])
    assert mine.ended_at is not None
    assert statuses(alice.id, [mine.shown_id]) == {mine.shown_id: "completed"}
    told = Event.objects.get(kind="refill.completed")
    assert told.data == {"refill": mine.shown_id, "order": order.shown_id, "status": "completed"}
    assert told.account_id == alice.id
    assert [each for each in kinds(mine) if each != "refill.in_progress"] == ["refill.requested", "refill.completed"]
    order.refresh_from_db()
    assert (order.status, order.charge - order.refunded) == {
        "deliver": ("completed", Decimal("0.90")),
        "partial": ("partial", Decimal("0.54")),
    }[behaviour]
    assert isinstance(refill(order), Refill)


def test_it_goes_forward_and_never_back(delivered, refill):
    mine = refill(delivered())
    tasks.refill_due()

    def hear(status):
        part = mine.parts.select_related("provider", "purchase").get()
        known = Claimed(part.pk, mine.pk, str(part.purchase.provider_order_id), part.provider_refill_id, part.reported)
        batch = Batch(part.provider_id, part.provider, [known])
        following.record(batch, {part.provider_refill_id: RefillNews(status, status.title())})
        return states(mine)

    assert hear("in_progress") == ("in_progress", [("sent", "in_progress")])
    assert hear("pending") == ("in_progress", [("sent", "in_progress")])
    assert hear("completed") == ("completed", [("done", "completed")])
    assert hear("rejected") == ("completed", [("done", "completed")])
    assert kinds(mine) == ["refill.requested", "refill.in_progress", "refill.completed"]


def test_a_refill_that_its_provider_rejects_is_rejected(delivered, refill, follow_refills, demo):
    mine = refill(delivered())
    demo.control(next=["refill_rejected"], action="refill")
    tasks.refill_due()
    follow_refills()
    assert states(mine) == ("rejected", [("done", "rejected")])
    assert kinds(mine) == ["refill.requested", "refill.rejected"]


def test_a_refill_that_its_provider_refuses_is_rejected_in_its_words(delivered, refill, demo):
    mine = refill(delivered())
    demo.control(next=["refill_refused"], action="refill")
    tasks.refill_due()
    assert states(mine) == ("rejected", [("done", "rejected")])
    assert mine.parts.get().answer == "Refill is disabled for this service"
    told = Event.objects.get(kind="refill.rejected")
    assert (told.data["status"], told.reason) == ("rejected", "Refill is disabled for this service")


def test_a_refill_without_an_id_is_left_to_the_operator(delivered, refill, demo):
    mine = refill(delivered())
    demo.control(next=["refill_pending"], action="refill")
    tasks.refill_due()
    assert states(mine) == ("pending", [("stuck", "")])
    assert tasks.refill_due() == 0
    refills.complete(refill_id=mine.pk, **WHO)
    assert states(mine) == ("completed", [("done", "completed")])
    told = Event.objects.get(kind="refill.completed")
    assert (told.actor, told.reason) == ("operator@example.com", "seen to")


@pytest.mark.parametrize("behaviour", ["html", "500_before_placing", "reset_before_placing", "too_many_requests"])
def test_a_lost_answer_is_asked_for_again_ever_more_patiently(behaviour, delivered, refill, demo, time):
    mine = refill(delivered())
    demo.control(next=[behaviour] * 3, action="refill")
    waited = []
    for _ in range(3):
        assert tasks.refill_due() == 1
        waited.append(mine.parts.get().due_at.timestamp() - time.at)
        time.move(seconds=waited[-1] - 1)
        assert tasks.refill_due() == 0
        time.move(seconds=1)
    assert waited == pytest.approx([30, 60, 120], abs=0.01)
    tasks.refill_due()
    assert states(mine)[1] == [("sent", "pending")]


def test_a_refill_that_began_although_its_answer_was_lost_is_the_operators(delivered, refill, demo, time):
    mine = refill(delivered())
    demo.control(refill_seconds=3600)
    demo.control(next=["html_after_placing"], action="refill")
    tasks.refill_due()
    assert states(mine)[1] == [("queued", "")]
    time.move(seconds=31)
    tasks.refill_due()
    assert states(mine) == ("pending", [("stuck", "")])
    assert mine.parts.get().answer == "The refill task is not completed for this order"


def test_a_provider_that_does_not_answer_in_time_is_asked_again(delivered, refill, demo, settings, time):
    mine = refill(delivered())
    settings.PROVIDER_TIMEOUT = 1
    demo.control(next=["timeout_before_placing"], action="refill")
    assert tasks.refill_due() == 1
    assert states(mine)[1] == [("queued", "")]
    time.move(seconds=31)
    tasks.refill_due()
    assert states(mine)[1] == [("sent", "pending")]


def test_a_nonsense_status_changes_nothing_and_is_asked_about_ever_more_rarely(delivered, refill, demo, time):
    mine = refill(delivered())
    tasks.refill_due()
    demo.control(next=["html", "500_before_placing", "html"], action="refill_status")
    waited = []
    for _ in range(3):
        time.at = mine.parts.get().due_at.timestamp()
        assert tasks.refill_due() == 1
        waited.append(mine.parts.get().due_at.timestamp() - time.at)
        assert states(mine) == ("pending", [("sent", "pending")])
    assert waited == pytest.approx([60, 120, 240], abs=0.01)
    time.at = mine.parts.get().due_at.timestamp()
    tasks.refill_due()
    assert states(mine) == ("completed", [("done", "completed")])


def test_what_is_not_ended_for_thirty_days_is_left_to_the_operator(delivered, refill, demo, time):
    mine = refill(delivered())
    demo.control(refill_seconds=86_400)
    tasks.refill_due()
    time.move(days=29)
    tasks.refill_due()
    assert states(mine) == ("pending", [("sent", "pending")])
    time.move(days=2)
    tasks.refill_due()
    assert states(mine) == ("pending", [("stuck", "pending")])
    assert kinds(mine)[-1] == "refill.stuck"
    refills.reject(refill_id=mine.pk, **WHO)
    assert states(mine) == ("rejected", [("done", "rejected")])


def test_a_refill_by_hand_is_asked_of_nobody(delivered, refill, demo):
    mine = refill(delivered(refill_by_hand=True))
    assert (mine.by_hand, mine.parts.count()) == (True, 0)
    assert tasks.refill_due() == 0
    assert demo.calls("refill") == []
    refills.reject(refill_id=mine.pk, **WHO)
    assert states(mine) == ("rejected", [])


def test_what_no_provider_can_be_asked_about_is_the_operators(order_of, refill):
    order = order_of(refill=True)
    order.purchases.update(state="withdrawn", reported="partial", remains=300)
    settle(order.pk)
    assert refill(order).by_hand is True


@pytest.mark.parametrize("decide", [refills.complete, refills.reject])
def test_the_operator_decides_only_what_is_his_and_says_why(delivered, refill, decide):
    mine = refill(delivered())
    before = list(Refill.objects.values()), list(RefillPart.objects.values()), Event.objects.count()
    with pytest.raises(refills.CannotDecideRefill, match="its provider is being asked"):
        decide(refill_id=mine.pk, **WHO)
    with pytest.raises(refills.CannotDecideRefill, match="say why"):
        decide(refill_id=mine.pk, actor="operator@example.com", reason=" ")
    assert (list(Refill.objects.values()), list(RefillPart.objects.values()), Event.objects.count()) == before
    RefillPart.objects.update(state="stuck")
    decide(refill_id=mine.pk, **WHO)
    with pytest.raises(refills.CannotDecideRefill, match="has ended"):
        decide(refill_id=mine.pk, **WHO)


def test_an_order_of_several_purchases_is_refilled_where_something_was_delivered(delivered, refill, follow_refills):
    order = delivered(quantity=300)
    first = order.purchases.get()
    Order.objects.filter(pk=order.pk).update(runs=3, interval=1)
    Purchase.objects.filter(pk=first.pk).update(quantity=100)
    same = {"order": order, "quantity": 100, "source_id": first.source_id, "provider_id": first.provider_id}
    times = {"wanted_at": first.due_at, "due_at": first.due_at}
    done = {"state": "done", "provider_order_id": "999"}
    Purchase.objects.create(run=2, reported="completed", remains=0, **done, **same, **times)
    Purchase.objects.create(run=3, state="refused", **same, **times)
    mine = refill(order)
    assert [each.purchase.run for each in mine.parts.all()] == [1, 2]
    tasks.refill_due()
    follow_refills()
    assert states(mine) == ("completed", [("done", "completed"), ("done", "rejected")])


def test_a_hundred_go_in_one_call_and_the_rest_in_another(order_of, sell, upstream, demo, alice):
    service = sell(at=upstream, refill=True)
    orders = [order_of(service=service, quantity=50) for _ in range(103)]
    for number, order in enumerate(orders, start=1):
        order.purchases.update(state="done", reported="completed", remains=0, provider_order_id=str(number))
        settle(order.pk)
    for part in (orders[:60], orders[60:]):
        refills.request(account_id=alice.id, sent=[each.shown_id for each in part])
    assert tasks.refill_due() == 2
    assert [len(call["params"]["orders"].split(",")) for call in demo.calls("refill")] == [100, 3]


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([("queued", "")], "pending"),
        ([("sent", "pending"), ("queued", "")], "pending"),
        ([("sent", "in_progress"), ("queued", "")], "in_progress"),
        ([("done", "completed"), ("sent", "pending")], "in_progress"),
        ([("done", "rejected"), ("sent", "pending")], "pending"),
        ([("stuck", "")], "pending"),
        ([("done", "completed"), ("stuck", "")], "in_progress"),
        ([("done", "completed"), ("done", "rejected")], "completed"),
        ([("done", "rejected"), ("done", "rejected")], "rejected"),
    ],
)
def test_a_refill_is_what_its_parts_make_it(parts, status):
    assert refill_status(Part(*each) for each in parts) == status


def test_every_state_says_where_it_leads_and_the_ends_lead_nowhere():
    assert set(REFILL_TRANSITIONS) == set(RefillStatus)
    assert set(REFILL_PART_TRANSITIONS) == set(RefillPartState)
    assert [state for state, targets in REFILL_TRANSITIONS.items() if not targets] == ["completed", "rejected"]
    assert [state for state, targets in REFILL_PART_TRANSITIONS.items() if not targets] == ["done"]


def test_the_database_refuses_what_no_refill_can_be(delivered, refill):
    mine = refill(delivered())
    part = mine.parts.get()
    again = {"order_id": mine.order_id, "created_at": clock.now()}
    with refused_by("refill_one_open_per_order"):
        Refill.objects.create(public_id=ids.new_id(), number=2, **again)
    over = {"status": "rejected", "ended_at": clock.now()}
    with refused_by("refill_unique_number"):
        Refill.objects.create(public_id=ids.new_id(), number=1, **over, **again)
    with refused_by("refill_status_valid"):
        Refill.objects.filter(pk=mine.pk).update(status="done", ended_at=clock.now())
    with refused_by("refill_ended_at_when_ended"):
        Refill.objects.filter(pk=mine.pk).update(status="completed")
    with refused_by("refill_part_sent_has_an_id"):
        RefillPart.objects.filter(pk=part.pk).update(state="sent")
    with refused_by("refill_part_done_has_a_last_word"):
        RefillPart.objects.filter(pk=part.pk).update(state="done")
    with refused_by("refill_part_state_valid"):
        RefillPart.objects.filter(pk=part.pk).update(state="odd")
    with refused_by("refill_part_once_per_purchase"):
        RefillPart.objects.create(
            refill=mine, purchase_id=part.purchase_id, provider_id=part.provider_id, due_at=clock.now()
        )
