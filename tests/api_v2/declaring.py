"""The protocol is declared once: the declarations are whole, agree with one another and with what happens."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import api_v2
import api_v2.errors
from api_v2 import actions
from api_v2.actions import ACTIONS, Action
from api_v2.actions.exemplary import SUBSCRIPTION
from api_v2.dialects import DIALECTS
from api_v2.errors import REFUSALS
from catalog.models import Service
from orders.models import Order, Purchase, Refill
from orders.operations.settling import settle
from orders.parameters import KNOWN
from tests.api_v2.conftest import HOOK

# What any action can be answered, before it is run.
COMMON = {
    "UsePost", "InvalidHost", "NoSuchPage", "BodyTooLarge", "MalformedBody", "InvalidKey", "Suspended",
    "LimitExceeded", "ReadOnlyKey", "LengthMissing", "UnknownAction", "Unexpected", "MissingParameter",
}  # fmt: skip


def subclasses(of: type) -> set[type]:
    direct: list[type] = of.__subclasses__()
    return set(direct).union(*(subclasses(each) for each in direct))


def test_every_action_there_is_can_be_called_by_its_name():
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"{actions.__name__}.{module.name}")
    assert {type(action) for action in ACTIONS.values()} == {
        each for each in subclasses(Action) if not inspect.isabstract(each)
    }
    assert {name: action.name for name, action in ACTIONS.items()} == {name: name for name in ACTIONS}
    ordering = {"balance", "services", "add", "status", "refill", "refill_status", "cancel"}
    assert set(ACTIONS) == ordering | {"webhook.add", "webhook.list", "webhook.remove", "webhook.test"}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_action_says_what_it_is_and_shows_an_example_of_its_own_parameters(action):
    assert action.summary.endswith(".")
    assert inspect.getdoc(type(action))
    assert action.examples
    names = {each.name for each in action.parameters}
    assert len(names) == len(action.parameters)
    for example in action.examples:
        assert set(example.sent) <= names
        assert {each.name for each in action.parameters if each.required} <= set(example.sent)
        for name, dialect in DIALECTS.items():
            assert "error" not in dialect.render(example.result_in(name))


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_error_an_action_declares_has_a_text_and_a_status(action):
    for error in action.errors:
        assert error in REFUSALS, error
        assert REFUSALS[error].status in {400, 403}


def test_every_refusal_is_declared_by_an_action_or_common_to_all():
    declared = {error.__name__ for action in ACTIONS.values() for error in action.errors}
    assert {error.__name__ for error in REFUSALS} == declared | COMMON


def test_every_refusal_is_raised_somewhere():
    rooms = [
        Path(api_v2.__file__).parent,
        *(Path(api_v2.__file__).parent.parent / each for each in ("orders", "wallets", "webhooks")),
    ]
    raised = {name for room in rooms for path in room.rglob("*.py") for name in _raised(path)}
    assert {error.__name__ for error in REFUSALS} - raised == set()


def _raised(path: Path) -> set[str]:
    """The names that are raised, or made to be raised or returned, in the file."""
    tree = ast.parse(path.read_text())
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    bare = {node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)}
    names = {each.id for each in calls | bare if isinstance(each, ast.Name)}
    return names | {each.attr for each in calls | bare if isinstance(each, ast.Attribute)}


def test_no_two_refusals_have_the_same_text():
    texts = [each.standard for each in REFUSALS.values() if isinstance(each.standard, str)]
    assert len(set(texts)) == len(texts)  # the classic dialect has one text for many


def test_what_an_order_is_compared_by_is_what_add_takes():
    assert {each.name for each in ACTIONS["add"].parameters} - {"request_id"} == set(KNOWN)


# --- Undeclared errors -------------------------------------------------------------------------------------------


@pytest.fixture
def undeclared(monkeypatch) -> list[str]:
    """Watch every action, and list the refusals it raises without declaring them."""
    seen: list[str] = []
    for action in ACTIONS.values():
        monkeypatch.setattr(type(action), "run", _watching(action, type(action).run, seen))
    return seen


def _watching(action: Action, run, seen: list[str]):
    def watched(self, caller, params):
        try:
            return run(self, caller, params)
        except Exception as error:
            if type(error) not in action.errors:
                seen.append(f"{action.name} raises {type(error).__name__}")
            raise

    return watched


WRONG = [
    {}, {"service": "x"}, {"service": "999"}, {"link": "x"}, {"link": ""}, {"quantity": "1"}, {"quantity": "99999"},
    {"quantity": "x"}, {"quantity": ""}, {"runs": "5"}, {"coupon": "x"}, {"request_id": "x" * 129}, {"order": "1"},
    {"orders": "1"}, {"refill": "1"}, {"refill": "1", "refills": "1"}, {"refills": "1," * 101}, {"refills": ","},
    {"order": "1", "orders": "1"}, {"orders": "1," * 101}, {"orders": ","}, {"quantity": "10000"},
]  # fmt: skip
WRONG_WEBHOOKS = [
    {}, {"url": "x"}, {"url": "https://10.0.0.1/"}, {"url": ""}, {"url": "\0"}, {"events": "x"}, {"events": ","},
    {"webhook": "x"}, {"webhook": "\0"},
]  # fmt: skip
TRIED = [(name, wrong) for name in ACTIONS for wrong in (WRONG_WEBHOOKS if name.startswith("webhook.") else WRONG)]


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "wrong"), TRIED, ids=[f"{name} {str(wrong)[:40]}" for name, wrong in TRIED])
def test_an_action_raises_only_what_it_declares(post, person, sell, undeclared, locally, action, wrong):
    alice = person("alice", deposit="0.10")
    good = {"service": sell(rate="0.90").pk, "link": "https://example.com/a", "quantity": "100", "request_id": "1"}
    good["url"] = HOOK
    answer = post(key=alice.key, action=action, **good | wrong)
    assert answer.status in {200, 400}, answer.json
    assert undeclared == []


@pytest.mark.django_db
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_example_is_answered_in_the_shape_it_shows(post, person, service, sell, hook, action, dialect):
    alice = person("alice", dialect=dialect)
    good = {"service": service.pk, "link": "https://example.com/p/1", "quantity": 1000, "request_id": "the first"}
    for number, example in enumerate(action.examples):
        post(key=alice.key, action="add", **good | {"request_id": f"for {number}"})
        sent = dict(example.sent)
        if action.name == "add":
            sent["service"] = str(sell(type=example.title.partition(",")[0], min=1, dripfeed=True).pk)
        shown = DIALECTS[dialect].render(example.result_in(dialect))
        if SUBSCRIPTION in "".join(sent.values()):
            wanted = {"service": sell(type="Subscriptions").pk, "username": "alice", "min": 100, "max": 200, "delay": 0}
            post(key=alice.key, action="add", request_id=f"posts {number}", **wanted)
        order = Order.objects.latest("pk")
        if action.name in {"refill", "refill_status"}:
            _deliver(service)
        if action.name == "refill_status":
            post(key=alice.key, action="refill", order=order.pk)
            sent |= {name: _named(Refill.objects.get(order=order), sent[name]) for name in sent if "refill" in name}
        if action.name.startswith("webhook."):
            webhook = hook(alice).json["webhook"]
            sent |= {name: {"url": HOOK, "webhook": webhook}[name] for name in sent if name in {"url", "webhook"}}
        if action.name == "services":
            sell(average_time=90)
        answer = post(key=alice.key, action=action.name, **_with_order(sent, order))
        assert answer.status == 200, answer.json
        assert _shape(shown) <= _shape(answer.json)


def _with_order(sent: dict[str, str], order: Order) -> dict[str, str]:
    """What is sent, about this order."""
    return sent | {name: _named(order, sent[name]) for name in sent if name in {"order", "orders"}}


def _named(row: Order | Refill, shown: str) -> str:
    """The id of the row, in the form that the example shows, and whatever comes after the first."""
    first, comma, others = shown.partition(",")
    return f"{row.pk if first.isdigit() else row.shown_id}{comma}{others}"


def _deliver(service: Service) -> None:
    """Have the service refill, and all that was ordered of it delivered."""
    Service.objects.filter(pk=service.pk).update(refill=True)
    for purchase in Purchase.objects.filter(state="queued"):
        done = {"state": "done", "reported": "completed", "remains": 0, "provider_order_id": str(purchase.pk)}
        Purchase.objects.filter(pk=purchase.pk).update(**done)
        settle(purchase.order_id)


def _shape(value: object) -> set[str]:
    """The members, with the type of each; of a list, its items'."""
    if isinstance(value, list):
        return {f"[]{each}" for item in value for each in _shape(item)}
    assert isinstance(value, dict)
    if all(isinstance(each, dict) for each in value.values()):
        return {f"{{}}{each}" for item in value.values() for each in _shape(item)}
    return {f"{name}:{type(each).__name__}" for name, each in value.items()}


def test_the_errors_module_is_the_only_place_with_their_texts():
    texts = {each for kind in REFUSALS.values() for each in (kind.standard, kind.classic) if isinstance(each, str)}
    here = Path(api_v2.__file__).parent
    for path in here.rglob("*.py"):
        if path != Path(api_v2.errors.__file__):
            literals = {
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert not literals & texts, path
