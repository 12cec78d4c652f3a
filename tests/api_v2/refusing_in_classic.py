"""Every refusal that a classic key can be given: its words, its status, and that nothing has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

import accounts.operations
import wallets.operations
from accounts.models import ApiKey
from api_v2 import errors
from api_v2.actions import ACTIONS
from api_v2.errors import REFUSALS
from api_v2.json_bodies import MalformedBody
from api_v2.transport import BodyTooLarge
from catalog.operations import stop_orders
from kit import clock
from orders.models import Order, Refill
from orders.operations import LinkInProgress, OrdersStopped, RequestConflict, ServiceNotFound, refills
from orders.operations.cancelling import CannotBeCanceled
from orders.parameters import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from orders.queries import OrderNotFound
from orders.refill_queries import RefillNotFound
from tests.api_v2.calling import by_form
from tests.api_v2.conftest import HOOK, LINK, everything
from tests.api_v2.ending import end
from tests.conftest import Person
from wallets.operations import InsufficientBalance
from webhooks.operations.endpoints import EndpointLimitReached, UnknownKind
from webhooks.queries import EndpointNotFound
from webhooks.urls import NotPublic

pytestmark = pytest.mark.django_db

REQUEST = "Incorrect request"


@dataclass
class Panel:
    """Alice and her classic key, a service that neither refills nor cancels, and what is sent in the end."""

    alice: Person
    service: Any
    sell: Any
    settings: Any
    monkeypatch: pytest.MonkeyPatch
    form: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, Any] = field(default_factory=dict)

    def ask(self, action: str, **form: Any) -> None:
        """Send this in the end."""
        self.form = {"key": self.alice.key, "action": action, **form}

    def order(self, **changes: Any) -> None:
        """Send an order in the end, which without the changes would be placed."""
        self.ask("add", **{"service": self.service.pk, "link": LINK, "quantity": 100} | changes)

    def around(self, **environ: Any) -> None:
        """Ask for the balance, in a request that is wrong around it."""
        self.ask("balance")
        self.environ = environ

    def placed(self, **changes: Any) -> Order:
        """Place an order now."""
        self.order(**changes)
        answer = by_form(**self.form)
        assert answer.status == 200, answer.json
        return Order.objects.get(pk=answer.json["order"])

    def refill(self, status: str = "completed", days_ago: int = 0, **service: Any) -> Order:
        """Have an order ended at a service of this kind, and ask for its refill in the end."""
        sold = self.sell(**{"refill": True, "remote_id": "7"} | service)
        order = end(self.placed(service=sold.pk).pk, status, days_ago=days_ago)
        self.ask("refill", order=order.pk)
        return order


def mistype_key(it: Panel) -> None:
    it.settings.API_DEFAULT_DIALECT = "classic"  # nobody's key speaks no dialect of its own
    it.ask("balance")
    it.form["key"] += "x"


def lose_length(it: Panel) -> None:
    it.order()
    it.environ = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


def spend_limit(it: Panel) -> None:
    it.settings.RATE_LIMIT_KEY = 1
    it.ask("services")
    by_form(**it.form)


def read_only(it: Panel) -> None:
    accounts.operations.edit_key(key_id=ApiKey.objects.get(account_id=it.alice.id).pk, read_only=True)
    it.order()


def suspend(it: Panel) -> None:
    accounts.operations.suspend(account_id=it.alice.id, reason="chargeback")
    it.ask("balance")


def spend_balance(it: Panel) -> None:
    wallets.operations.adjust(
        account_id=it.alice.id, amount=Decimal("-99.92"), reference="all", actor="bob", reason="a test"
    )
    it.order()


def stop(it: Panel) -> None:
    stop_orders(text="No new orders until 18:00 UTC", actor="bob")
    it.order()


def guard_link(it: Panel) -> None:
    it.settings.LINK_GUARD = "account"
    it.placed()
    it.order(quantity=200)


def conflict(it: Panel) -> None:
    it.placed(request_id="1")
    it.order(request_id="1", quantity=200)


def pending_refill(it: Panel) -> None:
    order = it.refill()
    by_form(**it.form)
    Refill.objects.filter(order=order).update(status="in_progress")


def no_more_refills(it: Panel) -> None:
    it.settings.MOST_REFILLS = 1
    it.refill()
    by_form(**it.form)
    Refill.objects.update(status="rejected", ended_at=clock.now())


def five_webhooks(it: Panel) -> None:
    it.ask("webhook.add", url=HOOK)
    for _ in range(5):
        assert by_form(**it.form).status == 200


def break_down(it: Panel) -> None:
    def run(*args: Any) -> None:
        raise KeyError("nobody foresaw this")

    it.monkeypatch.setattr(type(ACTIONS["balance"]), "run", run)
    it.ask("balance")


Case = tuple[type[Exception], Callable[[Panel], Any], int, str]
CASES: dict[str, Case] = {
    "a method": (
        errors.UsePost,
        lambda it: it.around(REQUEST_METHOD="PUT", QUERY_STRING=f"key={it.alice.key}"),
        200,
        REQUEST,
    ),
    "a host": (errors.InvalidHost, lambda it: it.around(HTTP_HOST="elsewhere.example"), 400, "Invalid host"),
    "a path": (errors.NoSuchPage, lambda it: it.around(PATH_INFO="/api/v2/orders"), 404, "Not found"),
    "a size": (
        BodyTooLarge,
        lambda it: it.around(CONTENT_LENGTH="1000001"),
        413,
        "Request body too large: at most 1 MB",
    ),
    "a body": (
        MalformedBody,
        lambda it: it.around(CONTENT_LENGTH="999999", QUERY_STRING=f"key={it.alice.key}"),
        200,
        REQUEST,
    ),
    "a key": (errors.InvalidKey, mistype_key, 200, "Invalid API key"),
    "a limit": (errors.LimitExceeded, spend_limit, 429, "Rate limit exceeded"),
    "a suspension": (errors.Suspended, suspend, 200, "Account suspended"),
    "a key that may only read": (errors.ReadOnlyKey, read_only, 200, "API key is read-only"),
    "an action there is not": (errors.UnknownAction, lambda it: it.ask("destroy"), 200, REQUEST),
    "no action": (MissingParameter, lambda it: it.ask(""), 200, REQUEST),
    "no length": (errors.LengthMissing, lose_length, 200, REQUEST),
    "no service": (MissingParameter, lambda it: it.order(service=""), 200, REQUEST),
    "no link": (MissingParameter, lambda it: it.order(link=""), 200, "Bad link"),
    "no quantity": (MissingParameter, lambda it: it.order(quantity=""), 200, REQUEST),
    "no order": (MissingParameter, lambda it: it.ask("status"), 200, REQUEST),
    "a service in words": (InvalidParameter, lambda it: it.order(service="one"), 200, REQUEST),
    "a link to nowhere": (InvalidParameter, lambda it: it.order(link="example.com"), 200, "Bad link"),
    "a link with a NUL": (InvalidParameter, lambda it: it.order(link=f"{LINK}\0"), 200, "Bad link"),
    "a quantity in words": (InvalidParameter, lambda it: it.order(quantity="many"), 200, REQUEST),
    "runs without drip-feed": (InvalidParameter, lambda it: it.order(runs=2, interval=5), 200, REQUEST),
    "orders of commas": (InvalidParameter, lambda it: it.ask("status", orders=", ,"), 200, REQUEST),
    "no service of that number": (ServiceNotFound, lambda it: it.order(service=999_999), 200, "Incorrect service ID"),
    "a stop": (OrdersStopped, stop, 200, "No new orders until 18:00 UTC"),
    "too few": (QuantityBelow, lambda it: it.order(quantity=49), 200, "Quantity less than minimal 50"),
    "too many": (QuantityAbove, lambda it: it.order(quantity=10_001), 200, "Quantity more than maximum 10000"),
    "a link that is taken": (
        LinkInProgress,
        guard_link,
        200,
        "You have active order with this link. Please wait until order being completed.",
    ),
    "a coupon": (InvalidCoupon, lambda it: it.order(coupon="SUMMER"), 200, "Invalid coupon"),
    "a balance": (InsufficientBalance, spend_balance, 200, "Not enough funds on balance"),
    "a request_id": (RequestConflict, conflict, 200, "request_id was already used for a different order"),
    "an order's status": (OrderNotFound, lambda it: it.ask("status", order=9), 200, "Incorrect order ID"),
    "an order's refill": (OrderNotFound, lambda it: it.ask("refill", order="ord_x"), 200, "Incorrect order ID"),
    "an order with a NUL": (OrderNotFound, lambda it: it.ask("status", order="\0"), 200, "Incorrect order ID"),
    "101 orders": (
        errors.TooManyOrders,
        lambda it: it.ask("cancel", orders="1," * 101),
        200,
        "Too many orders: at most 100",
    ),
    "an order that has ended": (
        CannotBeCanceled,
        lambda it: it.ask("cancel", order=it.refill().pk),
        200,
        "Order cannot be canceled",
    ),
    "a service without refills": (
        refills.RefillNotAvailable,
        lambda it: it.refill(refill=False),
        200,
        "Refill is disabled for this service",
    ),
    "an order that was cancelled": (
        refills.OrderNotCompleted,
        lambda it: it.refill("canceled"),
        200,
        "The order is not completed",
    ),
    "a refill under way": (
        refills.RefillAlreadyPending,
        pending_refill,
        200,
        "The refill task is not completed for this order",
    ),
    "a refill too many": (refills.RefillLimitReached, no_more_refills, 200, "Refill limit reached for this order"),
    "an old order's refill": (
        refills.RefillPeriodOver,
        lambda it: it.refill(days_ago=31, refill_days=30),
        200,
        "Refill days are over",
    ),
    "a refill's status": (RefillNotFound, lambda it: it.ask("refill_status", refill=9), 200, "Refill not found"),
    "a webhook inside": (
        NotPublic,
        lambda it: it.ask("webhook.add", url="https://10.0.0.1/"),
        200,
        "Webhook URL must be public",
    ),
    "an event there is not": (
        UnknownKind,
        lambda it: it.ask("webhook.add", url=HOOK, events="x"),
        200,
        "Unknown event: x",
    ),
    "a sixth webhook": (EndpointLimitReached, five_webhooks, 200, "Webhook limit reached: at most 5 per API key"),
    "a webhook there is not": (
        EndpointNotFound,
        lambda it: it.ask("webhook.remove", webhook="whk_x"),
        200,
        "Webhook not found",
    ),
    "a failure inside": (errors.Unexpected, break_down, 500, "Internal server error"),
}
# Of two such parameters the classic dialect takes one.
NEVER = {errors.OrderAndOrders, errors.RefillAndRefills}


@pytest.fixture
def panel(person, sell, settings, monkeypatch, locally):
    return Panel(person("alice", dialect="classic"), sell(cancel=False), sell, settings, monkeypatch)


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_the_classic_words_and_nothing_changes(panel, post, name):
    _, prepare, status, words = CASES[name]
    prepare(panel)
    before = everything(), list(Refill.objects.values())
    refused = post(environ=panel.environ, **panel.form)
    one = panel.form.get("action") == "cancel" and "order" in panel.form
    body = {"error": words}
    expected = [{"order": panel.form["order"], "cancel": body}] if one else body
    assert (refused.status, refused.json) == (200 if one else status, expected)
    assert refused.headers["Content-Type"] == "application/json"
    assert (everything(), list(Refill.objects.values())) == before


def test_every_refusal_there_is_can_be_had_in_classic_and_was_tried():
    assert {kind for kind, *_ in CASES.values()} == set(REFUSALS) - NEVER


@pytest.mark.parametrize("both", [{"order": 1, "orders": "1"}, {"refill": 1, "refills": "1"}])
def test_the_two_that_are_never_given_are_not_given(panel, post, both):
    for action in ("status", "refill", "cancel", "refill_status", ""):
        answer = post(key=panel.alice.key, action=action, **both)
        assert answer.status == 200
        assert b"not both" not in answer.body
        assert isinstance(answer.json, list | dict)


def test_an_error_in_a_batch_has_the_classic_words_too(panel, post):
    order = panel.refill().pk
    asked = f"9,{order}"
    key = panel.alice.key
    gone = {"error": "Incorrect order ID"}
    assert post(key=key, action="status", orders=asked).json["9"] == gone
    assert post(key=key, action="cancel", orders=asked).json == [
        {"order": 9, "cancel": gone},
        {"order": order, "cancel": {"error": "Order cannot be canceled"}},
    ]
    post(key=key, action="refill", order=order)
    Refill.objects.update(status="in_progress")
    assert post(key=key, action="refill", orders=asked).json == [
        {"order": 9, "refill": gone},
        {"order": order, "refill": {"error": "The refill task is not completed for this order"}},
    ]
    assert post(key=key, action="refill_status", refills="9").json == [
        {"refill": 9, "status": {"error": "Refill not found"}}
    ]
