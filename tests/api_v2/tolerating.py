"""What existing programs send that nobody would call correct, and how it is taken all the same."""

from decimal import Decimal

import pytest

from orders.models import Order, Refill
from tests.api_v2.calling import by_form, by_get, by_json, send
from tests.api_v2.conftest import LINK, books_agree, charges, everything
from tests.api_v2.ending import end

pytestmark = pytest.mark.django_db

GONE = {"error": "Incorrect order ID"}
REQUEST = (200, {"error": "Incorrect request"})


@pytest.fixture
def alice(person):
    """A reseller whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


@pytest.fixture
def ask(alice):
    """Ask with alice's key, by a form; every answer is a 200."""

    def send(**form):
        answer = by_form(key=alice.key, **form)
        assert answer.status == 200, answer.json
        return answer.json

    return send


@pytest.fixture
def placed(ask, service):
    """Place an order for a link of its own, and return its number."""

    def place(name: str = "a", **form) -> int:
        good = {"service": service.pk, "link": f"https://example.com/{name}", "quantity": 100}
        number: int = ask(action="add", **good | form)["order"]
        return number

    return place


@pytest.fixture
def ended(placed, sell):
    """Place an order at a service that refills, and have all of it delivered."""
    return lambda: end(placed("ended", service=sell(refill=True).pk))


# --- Parameters ----------------------------------------------------------------------------------------------------


def test_unknown_and_empty_parameters_are_no_parameters(ask, service):
    good = {"action": "add", "service": service.pk, "link": LINK, "quantity": 100}
    empty = {"runs": "", "interval": " ", "coupon": "\r\n", "comments": "", "request_id": ""}
    unknown = {"dripfeed": 0, "refill": 1, "refills": "1", "order": "x", "orders": "y", "api": "v2", "service[]": 9}
    assert ask(**good, **empty, **unknown) == {"order": Order.objects.get().pk}


@pytest.mark.parametrize("once", ["0", "1", "", " 1 "])
def test_runs_may_be_a_boolean_as_a_program_writes_one(placed, once):
    assert Order.objects.get(pk=placed(runs=once, interval=once)).runs == 1


@pytest.mark.parametrize("once", [True, False, None, 1, "0"])
def test_runs_may_be_a_boolean_of_json(alice, service, once):
    order = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": "100"}
    assert by_json(**order, runs=once).json == {"order": Order.objects.get().pk}
    assert Order.objects.get().runs == 1


@pytest.mark.parametrize("nothing", ["undefined", "null", "None"])
def test_what_a_script_writes_for_nothing_is_nothing(ask, placed, nothing):
    left_out = dict.fromkeys(("runs", "interval", "coupon", "request_id", "posts", "expiry"), nothing)
    orders = [placed("a", **left_out), placed("b", **left_out)]
    assert len(set(orders)) == 2  # "undefined" is nobody's request_id
    assert ask(action="status", order=orders[0], orders=nothing)["status"] == "Pending"
    assert ask(action="status", order=nothing, orders=orders[1])[str(orders[1])]["status"] == "Pending"


def test_what_an_order_needs_cannot_be_nothing(ask, service):
    before = everything()
    good = {"action": "add", "service": service.pk, "link": LINK, "quantity": 100}
    assert ask(**good | {"quantity": "undefined"}) == {"error": "Incorrect request"}
    assert ask(**good | {"link": "undefined"}) == {"error": "Bad link"}
    assert everything() == before


def test_a_boolean_in_words_is_none(ask, service):
    before = everything()
    for word in ("true", "false", "yes", "on"):
        answer = ask(action="add", service=service.pk, link=LINK, quantity=100, runs=word)
        assert answer == {"error": "Incorrect request"}
    assert everything() == before


def test_an_action_is_written_as_it_is(ask):
    assert ask(action=" balance\n") == {"balance": "100.00", "currency": "USD"}
    for name in ("Balance", "BALANCE", "balance()", "get_balance"):
        assert ask(action=name) == {"error": "Incorrect request"}


def test_comments_are_lines_however_they_end(ask, sell):
    service = sell(type="Custom Comments", min=1)
    ask(action="add", service=service.pk, link=LINK, comments="one\r\n\r\n two \nthree\r\n")
    assert Order.objects.get().params["comments"] == "one\ntwo\nthree"
    assert Order.objects.get().quantity == 3


# --- Ids -----------------------------------------------------------------------------------------------------------


def test_ids_may_have_spaces_and_commas_too_many_around_them(ask, placed):
    one, two = placed("1"), placed("2")
    assert list(ask(action="status", orders=f" ,{one} , {two},, ")) == [str(one), str(two)]
    assert ask(action="status", order=f"  {one}\t")["status"] == "Pending"
    assert ask(action="status", orders=f"\n{one}\n,\r\n{two}\r\n").keys() == {str(one), str(two)}


def test_an_id_that_comes_twice_is_one_member_of_a_status(ask, placed):
    number = placed()
    answer = ask(action="status", orders=f"{number},{number}, 0{number},9,9")
    assert list(answer) == [str(number), f"0{number}", "9"]
    assert answer[str(number)]["status"] == "Pending"
    assert answer["9"] == GONE


def test_an_id_that_comes_twice_is_cancelled_once_and_has_a_row_each_time(ask, placed, alice):
    number = placed()
    rows = ask(action="cancel", orders=f"{number},9,{number},0{number}")
    row = {"order": number, "cancel": 1}
    assert rows == [row, {"order": 9, "cancel": GONE}, row, row]
    assert ask(action="balance")["balance"] == "100.00"
    assert charges(alice) == [Decimal("-0.09"), Decimal("0.09")]  # taken, and given back once
    assert books_agree()


def test_an_id_that_comes_twice_is_refilled_once_and_has_a_row_each_time(ask, ended):
    order = ended().pk
    rows = ask(action="refill", orders=f"{order},9,{order}")
    refill = Refill.objects.get().pk
    assert rows == [
        {"order": order, "refill": refill},
        {"order": 9, "refill": GONE},
        {"order": order, "refill": refill},
    ]


def test_ids_of_the_other_dialect_are_understood(ask, placed, ended):
    order = Order.objects.get(pk=placed())
    assert ask(action="status", order=order.shown_id)["status"] == "Pending"
    assert ask(action="status", orders=f"{order.shown_id},{order.pk}").keys() == {order.shown_id, str(order.pk)}
    delivered = ended()
    assert ask(action="refill", order=delivered.shown_id) == {"refill": str(Refill.objects.get().pk)}
    assert ask(action="refill_status", refill=Refill.objects.get().shown_id) == {"status": "Pending"}
    row = {"order": order.shown_id, "cancel": 1}
    assert ask(action="cancel", orders=order.shown_id) == [row]


def test_of_one_and_many_ids_the_many_are_meant(ask, placed, ended):
    one, two = placed("1"), placed("2")
    assert list(ask(action="status", order=one, orders=two)) == [str(two)]
    assert ask(action="cancel", order=one, orders=two) == [{"order": two, "cancel": 1}]
    assert Order.objects.get(pk=one).status == "pending"
    order = ended()
    assert ask(action="refill", order=one, orders=order.pk) == [
        {"order": order.pk, "refill": (refill := Refill.objects.get().pk)}
    ]
    assert ask(action="refill_status", refill=9, refills=refill) == [{"refill": refill, "status": "Pending"}]


# --- Calls that leave something out --------------------------------------------------------------------------------


def test_refills_without_an_action_ask_for_their_status(ask, alice, ended):
    ask(action="refill", order=ended().pk)
    refill = Refill.objects.get().pk
    gone = {"error": "Refill not found"}
    assert ask(refill=refill) == ask(refill=refill, action="") == {"status": "Pending"}
    assert ask(refills=f"{refill},9") == [
        {"refill": refill, "status": "Pending"},
        {"refill": 9, "status": gone},
    ]
    assert ask(refill=9) == gone
    assert by_get(key=alice.key, refill=refill).json == {"status": "Pending"}
    assert by_json(key=alice.key, refills=[refill]).json == [{"refill": refill, "status": "Pending"}]
    assert Refill.objects.count() == 1


def test_without_an_action_nothing_else_is_guessed(ask, placed):
    number = placed()
    before = everything()
    for form in ({"order": number}, {"orders": number}, {"service": 1, "link": LINK, "quantity": 100}, {}):
        assert ask(**form) == {"error": "Incorrect request"}
    assert everything() == before


def test_a_standard_key_has_to_say_what_it_wants(bob):
    answer = by_form(key=bob.key, refill=1)
    assert (answer.status, answer.json) == (400, {"error": "Missing required parameter: action"})
    assert by_form(key=bob.key, action="cancel", order=1).json == {"error": "Order not found"}


def test_cancelling_one_order_is_answered_with_a_list(ask, placed):
    number = placed()
    assert ask(action="cancel", order=number) == [{"order": number, "cancel": 1}]
    assert Order.objects.get(pk=number).status == "canceled"
    assert ask(action="cancel", order=number) == [{"order": number, "cancel": 1}]  # and once more
    for unknown, shown in (("9", 9), ("x", "x"), ("-1", "-1"), ("9" * 40, "9" * 40)):
        assert ask(action="cancel", order=unknown) == [{"order": shown, "cancel": GONE}]


@pytest.mark.parametrize("path", ["/api/v2", "/api/v2/"])
def test_a_last_slash_changes_nothing(alice, path):
    for method in ("GET", "POST"):
        answer = send(REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=f"key={alice.key}&action=balance")
        assert answer.json == {"balance": "100.00", "currency": "USD"}


@pytest.mark.parametrize("malformed", ["{number},000", "{number},", "{number}\0"])
def test_what_is_no_id_cancels_nothing(ask, placed, malformed):
    number = placed()
    sent = malformed.format(number=number)
    assert ask(action="status", order=sent) == GONE
    assert ask(action="cancel", order=sent) == GONE
    assert Order.objects.get(pk=number).status == "pending"
