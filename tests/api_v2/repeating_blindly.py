"""A classic order that comes again without request_id: for a while the same order, unless that came to nothing.

Source: protocol.md, "Duplicates (classic)".
"""

from decimal import Decimal

import pytest
from django.db.models import F

import accounts.operations
import wallets.operations
from catalog.models import Coupon, Service
from catalog.operations import add_coupon
from orders.models import Order, Purchase, Request
from orders.operations.settling import settle
from tests.api_v2.conftest import LINK, books_agree, charges, everything
from tests.conftest import Person
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

CONFLICT = {"error": "request_id was already used for a different order"}
NO_FUNDS = {"error": "Not enough funds on balance"}


@pytest.fixture
def alice(person):
    """A reseller whose program speaks the classic dialect."""
    return person("alice", dialect="classic")


@pytest.fixture
def send(post, service):
    """Order 1000 of the service as old programs do, without a request_id."""

    def order(who: Person, **changes):
        form = {"service": service.pk, "link": LINK, "quantity": 1000} | changes
        return post(key=who.key, action="add", **form)

    return order


@pytest.fixture
def placed(held, send, alice):
    """Alice's order, and what there was then."""
    first = send(alice)
    assert (first.status, first.json) == (200, {"order": Order.objects.get().pk})
    assert "Idempotent-Replay" not in first.headers
    return first, everything()


def is_the_same(answer, placed) -> bool:
    first, before = placed
    assert (answer.status, answer.body) == (200, first.body)
    assert answer.headers["Idempotent-Replay"] == "true"
    assert everything() == before
    return True


def is_another(answer, *earlier) -> bool:
    assert answer.status == 200
    assert list(answer.json) == ["order"], answer.json
    assert "Idempotent-Replay" not in answer.headers
    assert answer.json["order"] == Order.objects.latest("id").pk
    assert answer.json not in [each.json for each in earlier]
    assert Order.objects.count() == len(earlier) + 1
    return books_agree()


def end(order_id: int, **changes) -> str:
    """Bring the order to its end by what became of its purchase."""
    Purchase.objects.filter(order=order_id).update(**changes)
    return settle(order_id).status


def test_sent_again_it_is_the_same_order_with_one_charge(send, alice, placed):
    assert all(is_the_same(send(alice), placed) for _ in range(3))
    assert charges(alice) == [Decimal("-0.90")]


def test_the_window_ends_after_its_last_moment(send, alice, placed, held):
    held.forward(119.99)
    assert is_the_same(send(alice), placed)
    held.forward(0.01)
    second = send(alice)
    assert is_another(second, placed[0])
    assert is_the_same(send(alice), (second, everything()))
    assert charges(alice) == [Decimal("-0.90")] * 2


def test_the_window_is_measured_from_the_order_and_not_from_its_last_repetition(send, alice, placed, held):
    answers = [placed[0]]
    for _ in range(5):  # once a minute for five minutes
        held.forward(60)
        answers.append(send(alice))
    ids = [answer.json["order"] for answer in answers]
    one, two, three = ids[0], ids[2], ids[4]
    assert ids == [one, one, two, two, three, three]
    assert len({one, two, three}) == 3
    assert charges(alice) == [Decimal("-0.90")] * 3
    assert books_agree()


def test_a_window_of_zero_takes_no_two_orders_for_one(send, alice, settings, placed):
    settings.DUPLICATES_WINDOW = 0
    second = send(alice)
    assert is_another(second, placed[0])
    assert is_another(send(alice), placed[0], second)
    assert charges(alice) == [Decimal("-0.90")] * 3


def test_a_window_may_be_a_second_or_a_day(send, alice, settings, placed, held):
    held.forward(1)
    settings.DUPLICATES_WINDOW = 86_400
    assert is_the_same(send(alice), placed)
    settings.DUPLICATES_WINDOW = 1
    assert is_another(send(alice), placed[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 1001},
        {"quantity": "01000"},
        {"link": LINK + "/"},
        {"link": LINK.upper().replace("HTTPS", "https")},
        {"runs": "1"},
    ],
)
def test_with_another_parameter_it_is_another_order(send, alice, placed, changes):
    second = send(alice, **changes)
    assert is_another(second, placed[0])
    assert is_the_same(send(alice, **changes), (second, everything()))
    assert is_the_same(send(alice), (placed[0], everything()))


def test_of_another_service_or_account_it_is_another_order(send, alice, person, sell, placed):
    second = send(alice, service=sell().pk)
    assert is_another(second, placed[0])
    assert is_another(send(person("bob", dialect="classic")), placed[0], second)


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": "1", "request_id": "  "},
        {"runs": "", "interval": "", "coupon": " "},
        {"link": f"  {LINK}\r\n"},
    ],
)
def test_unknown_empty_and_untrimmed_parameters_do_not_tell_two_apart(send, alice, placed, changes):
    assert is_the_same(send(alice, **changes), placed)


def test_neither_does_the_order_of_parameters_nor_where_they_stand(post, alice, service, placed):
    form = {"quantity": 1000, "action": "add", "link": LINK, "key": alice.key, "service": service.pk}
    assert is_the_same(post(**form), placed)
    query = f"service={service.pk}&link={LINK}&quantity=1000"
    assert is_the_same(post(key=alice.key, action="add", environ={"QUERY_STRING": query}), placed)


def test_neither_do_line_ends(post, alice, sell, placed):
    comments = sell(type="Custom Comments", min=1).pk
    form = {"key": alice.key, "action": "add", "service": comments, "link": LINK}
    second = post(**form, comments="Well done!\nI like it")
    assert is_another(second, placed[0])
    assert is_the_same(post(**form, comments="Well done!\r\nI like it\r\n"), (second, everything()))
    assert is_another(post(**form, comments="I like it\nWell done!"), placed[0], second)


def test_another_key_of_the_account_gets_the_same_order(send, alice, placed):
    value = accounts.operations.issue_key(account_id=alice.id, dialect="classic")[1]
    assert is_the_same(send(Person(alice.user, value)), (placed[0], everything()))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": "refused"}, "failed"),
        ({"state": "withdrawn"}, "canceled"),
        ({"state": "done", "reported": "canceled", "provider_order_id": "7"}, "canceled"),
    ],
)
def test_an_order_that_came_to_nothing_is_not_meant(send, alice, placed, changes, status):
    assert end(placed[0].json["order"], **changes) == status
    second = send(alice)
    assert is_another(second, placed[0])
    assert is_the_same(send(alice), (second, everything()))
    assert Wallet.objects.get(account_id=alice.id).balance == Decimal("99.10")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"state": "submitting"}, "pending"),
        ({"state": "unknown"}, "processing"),
        ({"state": "placed", "reported": "in_progress", "provider_order_id": "7"}, "in_progress"),
        ({"state": "done", "reported": "completed", "remains": 0, "provider_order_id": "7"}, "completed"),
        ({"state": "done", "reported": "partial", "remains": 400, "provider_order_id": "7"}, "partial"),
    ],
)
def test_any_other_order_is_meant_ended_or_not(send, alice, placed, changes, status):
    assert end(placed[0].json["order"], **changes) == status
    assert is_the_same(send(alice), (placed[0], everything()))


def test_after_a_cancel_by_the_reseller_himself_it_is_another_order(send, post, alice, placed):
    order = placed[0].json["order"]
    assert post(key=alice.key, action="cancel", order=order).json == [{"order": order, "cancel": 1}]
    assert is_another(send(alice), placed[0])
    assert Wallet.objects.get(account_id=alice.id).balance == Decimal("99.10")


def test_one_that_the_provider_is_asked_to_cancel_is_not_meant_either_unless_it_declines(send, post, alice, placed):
    order = placed[0].json["order"]
    Service.objects.update(cancel=True)
    Purchase.objects.filter(order_id=order).update(state="placed", provider_order_id="77", reported="in_progress")
    settle(order)
    assert post(key=alice.key, action="cancel", order=order).json == [{"order": order, "cancel": 1}]
    another = send(alice)
    assert is_another(another, placed[0])
    Purchase.objects.update(cancel_requested_at=F("wanted_at"), cancel_answer="Order cannot be canceled")
    assert is_the_same(send(alice), (another, everything()))


def test_a_refused_order_leaves_nothing_behind_and_is_placed_once_there_is_money(send, person, held):
    alice = person("alice", deposit="0.50", dialect="classic")
    before = everything()
    for _ in range(2):
        refused = send(alice)
        assert (refused.status, refused.json) == (200, NO_FUNDS)
        assert everything() == before
    accounts.operations.deposit(account_id=alice.id, amount=Decimal("0.40"), reference="more")
    first = send(alice)
    assert is_another(first)
    assert is_the_same(send(alice), (first, everything()))


def test_a_refusal_after_the_window_leaves_the_earlier_order_as_it_was(send, alice, placed, held):
    held.forward(60)
    Service.objects.update(active=False)
    assert is_the_same(send(alice), placed)  # the service was retired: the order is there all the same
    held.forward(60)
    refused = send(alice)
    assert (refused.status, refused.json) == (200, {"error": "Incorrect service ID"})
    assert everything() == placed[1]
    assert Request.objects.get().order_id == placed[0].json["order"]
    held.forward(-1)
    assert is_the_same(send(alice), placed)


def test_it_is_the_same_though_the_balance_was_spent_and_the_price_has_changed(send, alice, placed):
    wallets.operations.adjust(
        account_id=alice.id, amount=Decimal("-99.10"), reference="all of it", actor="test", reason="test"
    )
    Service.objects.update(min=5000, rate=Decimal("99"))
    assert is_the_same(send(alice), (placed[0], everything()))


def test_it_is_the_same_under_the_link_guard_which_refuses_it_after_the_window(send, alice, settings, held):
    settings.LINK_GUARD = "account"
    first = send(alice)
    before = everything()
    assert is_the_same(send(alice), (first, before))
    held.forward(120)
    said = "You have active order with this link. Please wait until order being completed."
    assert send(alice).json == {"error": said}
    assert everything() == before


def test_with_a_request_id_it_is_as_in_the_standard_dialect(send, alice, placed, held):
    mine = send(alice, request_id="r-1")
    assert is_another(mine, placed[0])
    before = everything()
    conflict = send(alice, request_id="r-1", quantity=1001)
    assert (conflict.status, conflict.json) == (200, CONFLICT)
    assert everything() == before
    held.forward(30 * 86_400)
    assert is_the_same(send(alice, request_id="r-1"), (mine, before))
    Purchase.objects.update(state="withdrawn")
    settle(mine.json["order"])
    assert is_the_same(send(alice, request_id="r-1"), (mine, everything()))


def test_an_order_with_a_request_id_is_none_that_a_blind_one_repeats(send, alice, held):
    first = send(alice, request_id="r-1")
    second = send(alice)
    assert is_another(second, first)
    assert is_the_same(send(alice), (second, everything()))
    assert is_the_same(send(alice, request_id="r-1"), (first, everything()))


def test_a_request_id_that_looks_like_ours_is_only_a_request_id(send, alice, placed):
    key = Request.objects.get().key
    assert key.startswith("same:")
    assert is_another(send(alice, request_id=key), placed[0])


def test_in_the_standard_dialect_nothing_is_ordered_without_a_request_id(send, bob, held):
    before = everything()
    refused = send(bob)
    assert (refused.status, refused.json) == (400, {"error": "Missing required parameter: request_id"})
    assert everything() == before


def test_a_coupon_tells_two_orders_apart_and_is_used_once_for_one(post, send, alice, placed, held):
    add_coupon(code="SUMMER", percent=Decimal(10), use_limit=1, actor="bob")
    second = send(alice, coupon="SUMMER")
    assert is_another(second, placed[0])
    assert is_the_same(send(alice, coupon="SUMMER"), (second, everything()))
    assert Coupon.objects.get().used == 1
    before = everything()
    held.forward(120)
    assert send(alice, coupon="SUMMER").json == {"error": "Invalid coupon"}
    assert everything() == before
