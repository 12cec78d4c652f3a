"""What one dialect refuses the other refuses, for the same reason: each asked the same, in its words and its status."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

import accounts.operations
from accounts.models import ApiKey
from api_v2.errors import REFUSALS
from catalog.operations import stop_orders
from kit import clock
from orders.models import Order, Refill
from orders.operations import refills
from tests.api_v2.conftest import HOOK, LINK, everything
from tests.api_v2.in_classic import called, classic, ended, waiting
from tests.api_v2.wordings import OF_LINKS, WORDINGS
from webhooks.models import ENDPOINTS_PER_KEY
from webhooks.operations import endpoints

__all__ = ["classic", "ended", "waiting"]
pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    """What a refusal is made with; `environ` is the request around the form."""

    post: Callable[..., Any]
    alice: Any
    keys: dict[str, str]
    service: Any
    ended: Callable[..., Order]
    waiting: Callable[[], Order]
    settings: Any
    monkeypatch: pytest.MonkeyPatch
    environ: dict[str, Any]

    def add(self, **changes: Any) -> dict[str, Any]:
        """Return an add with something changed."""
        good = {"service": self.service.pk, "link": LINK, "quantity": "100", "request_id": "r-1"}
        return {"action": "add", **good, **changes}

    def edit_keys(self, **changes: Any) -> None:
        """Change the settings of both keys."""
        for key in ApiKey.objects.filter(account_id=self.alice.id):
            accounts.operations.edit_key(key_id=key.pk, **changes)

    def around(self, **environ: Any) -> dict[str, Any]:
        """Change the request around the form, and return one."""
        self.environ.update(environ)
        return {"action": "balance"}


@pytest.fixture
def scene(post, alice, classic, service, ended, waiting, settings, monkeypatch, locally) -> Scene:
    keys = {"standard": alice.key, "classic": classic}
    return Scene(post, alice, keys, service, ended, waiting, settings, monkeypatch, {})


def conflicting(scene: Scene) -> dict[str, Any]:
    assert scene.post(key=scene.alice.key, **scene.add()).status == 200
    return scene.add(quantity="200")


def guarded(scene: Scene) -> dict[str, Any]:
    scene.settings.LINK_GUARD = "account"
    assert scene.post(key=scene.alice.key, **scene.add()).status == 200
    return scene.add(request_id="r-2")


def stopped(scene: Scene) -> dict[str, Any]:
    stop_orders(text=WORDINGS["OrdersStopped"].standard, actor="bob")
    return scene.add()


def suspended(scene: Scene) -> dict[str, Any]:
    accounts.operations.suspend(account_id=scene.alice.id, reason="chargeback")
    return {"action": "services"}


def spent(scene: Scene) -> dict[str, Any]:
    scene.edit_keys(requests_per_minute=1)
    for key in scene.keys.values():
        assert scene.post(key=key, action="services").status == 200
    return {"action": "services"}


def read_only(scene: Scene) -> dict[str, Any]:
    scene.edit_keys(read_only=True)
    return scene.add()


def broken(scene: Scene) -> dict[str, Any]:
    def fail(*args: Any) -> None:
        raise RuntimeError("secret of the house")

    scene.monkeypatch.setattr("catalog.queries.listing", fail)
    return {"action": "services"}


def refill_of(scene: Scene, order: Order) -> dict[str, Any]:
    return {"action": "refill", "order": order.pk}


def refilling(scene: Scene) -> dict[str, Any]:
    order = scene.ended()
    refills.request(account_id=scene.alice.id, sent=[str(order.pk)])
    return refill_of(scene, order)


def refilled(scene: Scene) -> dict[str, Any]:
    scene.settings.MOST_REFILLS = 1
    form = refilling(scene)
    Refill.objects.update(status="completed", ended_at=clock.now())
    return form


def ended_long_ago(scene: Scene) -> dict[str, Any]:
    order = scene.ended(refill_days=30)
    Order.objects.filter(pk=order.pk).update(ended_at=clock.now() - timedelta(days=31))
    return refill_of(scene, order)


def five_webhooks(scene: Scene) -> dict[str, Any]:
    for key in ApiKey.objects.filter(account_id=scene.alice.id):
        for _ in range(ENDPOINTS_PER_KEY):
            endpoints.add(api_key_id=key.pk, url=HOOK)
    return {"action": "webhook.add", "url": HOOK}


def under_way(scene: Scene) -> dict[str, Any]:
    order = scene.waiting()
    called(order, "in_progress")
    return refill_of(scene, order)


# How each is provoked: the refusal's name, and what is sent.
REFUSED: list[tuple[str, Callable[[Scene], dict[str, Any]]]] = [
    ("UsePost", lambda scene: scene.around(REQUEST_METHOD="PUT")),
    ("InvalidHost", lambda scene: scene.around(HTTP_HOST="evil.example")),
    ("NoSuchPage", lambda scene: scene.around(PATH_INFO="/api/v2/orders")),
    ("BodyTooLarge", lambda scene: scene.around(CONTENT_LENGTH="1000001")),
    ("MalformedBody", lambda scene: scene.around(CONTENT_LENGTH="999999")),
    ("MalformedBody", lambda scene: scene.around(CONTENT_TYPE="application/json")),
    ("LengthMissing", lambda scene: scene.around(CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked") | scene.add()),
    ("Unexpected", broken),
    ("InvalidKey", lambda scene: {"action": "balance", "key": "np_live_wrong"}),
    ("Suspended", suspended),
    ("LimitExceeded", spent),
    ("ReadOnlyKey", read_only),
    ("UnknownAction", lambda scene: {"action": "destroy"}),
    ("MissingParameter", lambda scene: scene.add(quantity="")),
    ("MissingParameter", lambda scene: scene.add(link="")),
    ("InvalidParameter", lambda scene: scene.add(runs="x")),
    ("InvalidParameter", lambda scene: scene.add(link="example.com")),
    ("ServiceNotFound", lambda scene: scene.add(service="999999")),
    ("InsufficientBalance", lambda scene: type(scene.service).objects.update(rate=10_000) and scene.add()),
    ("OrdersStopped", stopped),
    ("QuantityBelow", lambda scene: scene.add(quantity="49")),
    ("QuantityAbove", lambda scene: scene.add(quantity="10001")),
    ("LinkInProgress", guarded),
    ("InvalidCoupon", lambda scene: scene.add(coupon="SUMMER")),
    ("RequestConflict", conflicting),
    ("OrderNotFound", lambda scene: {"action": "status", "order": "999999"}),
    ("OrderNotFound", lambda scene: {"action": "status", "order": "\0"}),
    ("OrderNotFound", lambda scene: {"action": "refill", "order": "999999"}),
    ("OrderNotFound", lambda scene: {"action": "cancel", "order": "999999"}),
    ("TooManyOrders", lambda scene: {"action": "status", "orders": "1," * 101}),
    ("TooManyOrders", lambda scene: {"action": "refill", "orders": "1," * 101}),
    ("TooManyOrders", lambda scene: {"action": "refill_status", "refills": "1," * 101}),
    ("TooManyOrders", lambda scene: {"action": "cancel", "orders": "1," * 101}),
    ("CannotBeCanceled", lambda scene: {"action": "cancel", "order": scene.ended().pk}),
    ("RefillNotAvailable", lambda scene: refill_of(scene, scene.ended(refill=False))),
    ("OrderNotCompleted", lambda scene: type(scene.service).objects.update(refill=True) and under_way(scene)),
    ("RefillAlreadyPending", refilling),
    ("RefillLimitReached", refilled),
    ("RefillPeriodOver", ended_long_ago),
    ("RefillNotFound", lambda scene: {"action": "refill_status", "refill": "999999"}),
    ("NotPublic", lambda scene: {"action": "webhook.add", "url": "https://10.0.0.1/"}),
    ("UnknownKind", lambda scene: {"action": "webhook.add", "url": HOOK, "events": "order.eaten"}),
    ("EndpointLimitReached", five_webhooks),
    ("EndpointNotFound", lambda scene: {"action": "webhook.remove", "webhook": "whk_none"}),
]
# The classic dialect takes the one with an s where both are sent.
ONLY_STANDARD = {"OrderAndOrders", "RefillAndRefills"}


def wording(kind, form):
    of_a_link = kind in OF_LINKS and form.get("link") in {"", "example.com"}
    return (OF_LINKS if of_a_link else WORDINGS)[kind]


def body(dialect, kind, form, text):
    """Return the body: an error alone, but of a `cancel`, whose orders have a row each in the classic dialect."""
    if dialect == "classic" and form["action"] == "cancel" and kind != "TooManyOrders":
        return [{"order": int(form["order"]), "cancel": {"error": text}}]
    return {"error": text}


@pytest.mark.parametrize("dialect", ["standard", "classic"])
@pytest.mark.parametrize(
    ("kind", "provoke"), REFUSED, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(REFUSED)]
)
def test_the_same_is_refused_in_its_words_with_its_status_and_changes_nothing(scene, kind, provoke, dialect):
    scene.settings.API_DEFAULT_DIALECT = dialect  # of whoever has no key that is known
    form = {"key": scene.keys[dialect], **provoke(scene)}
    before = everything(), list(Refill.objects.values_list())
    answer = scene.post(environ=scene.environ, **form)
    status, text = wording(kind, form).of(dialect)
    assert (answer.status, answer.json) == (status, body(dialect, kind, form, text))
    assert answer.headers["Content-Type"] == "application/json"
    assert (everything(), list(Refill.objects.values_list())) == before


def test_every_refusal_there_is_was_provoked_in_both():
    assert {kind.__name__ for kind in REFUSALS} == {kind for kind, _ in REFUSED} | ONLY_STANDARD


@pytest.mark.parametrize(
    ("action", "one", "kind"),
    [
        ("status", "order", "OrderAndOrders"),
        ("refill", "order", "OrderAndOrders"),
        ("cancel", "order", "OrderAndOrders"),
        ("refill_status", "refill", "RefillAndRefills"),
    ],
)
def test_where_one_and_many_are_sent_the_classic_dialect_takes_the_many(scene, action, one, kind):
    form = {"action": action, one: "7", f"{one}s": "999999"}
    before = everything()
    refused = scene.post(key=scene.keys["standard"], **form)
    assert (refused.status, refused.json) == (400, {"error": WORDINGS[kind].standard})
    taken = scene.post(key=scene.keys["classic"], **form)
    missing = {"error": "Refill not found" if one == "refill" else "Incorrect order ID"}
    rows = {
        "status": {"999999": missing},
        "refill": [{"order": 999999, "refill": missing}],
        "cancel": [{"order": 999999, "cancel": missing}],
        "refill_status": [{"refill": 999999, "status": missing}],
    }
    assert (taken.status, taken.json) == (200, rows[action])
    assert everything() == before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"service": ""}, "Incorrect request"),
        ({"service": "one"}, "Incorrect request"),
        ({"quantity": "many"}, "Incorrect request"),
        ({"runs": "2", "interval": "5"}, "Incorrect request"),
        ({"request_id": "x" * 129}, "Incorrect request"),
        ({"action": "status"}, "Incorrect request"),
        ({"action": "status", "orders": ", ,"}, "Incorrect request"),
        ({"action": ""}, "Incorrect request"),
        ({"link": f"{LINK}\0"}, "Bad link"),
        ({"action": "refill", "order": "ord_x"}, "Incorrect order ID"),
    ],
)
def test_the_classic_dialect_does_not_say_which_parameter_is_wrong(scene, changed, words):
    before = everything()
    answer = scene.post(key=scene.keys["classic"], **scene.add(**changed))
    assert (answer.status, answer.json) == (200, {"error": words})
    assert everything() == before
