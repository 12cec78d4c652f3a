"""Both dialects come out of one table: what exists in one and not in the other fails here."""

import inspect
from dataclasses import fields
from typing import get_args
from uuid import UUID

import pytest

import webhooks.dialects
from accounts import models as accounts_models
from accounts.models import ApiKey
from api_v2.actions import ACTIONS
from api_v2.actions.declaration import Action
from api_v2.actions.naming import OneOrMany
from api_v2.actions.refill_status import RefillStatusResult
from api_v2.dialects import DIALECTS
from api_v2.errors import REFUSALS
from api_v2.refusal import Refusal
from api_v2.transport import Sent
from catalog.models import ServiceType
from orders.queries import OrderState
from orders.states import OrderStatus, RefillStatus, SubscriptionState
from orders.subscription_queries import Posts
from tests.api_v2.classic_shapes import ALONE, BATCH, EVENTS, TYPES
from tests.api_v2.wordings import OF_LINKS, ORDER_WORDS, REFILL_WORDS, SUBSCRIPTION_WORDS, WORDINGS
from webhooks.facts import Facts, Named, OrderTold, RefillTold
from webhooks.kinds import KINDS

NAMES = {"standard", "classic"}
CALLS = [(name, example.sent) for name, action in ACTIONS.items() for example in action.examples]


# --- Which dialects there are --------------------------------------------------------------------------------------


def test_the_dialects_a_key_can_have_are_those_there_are():
    assert set(accounts_models.DIALECTS) == NAMES
    assert set(DIALECTS) == NAMES
    assert {name: each.name for name, each in DIALECTS.items()} == {name: name for name in NAMES}
    assert {value for value, _ in ApiKey._meta.get_field("dialect").flatchoices} == NAMES


def test_webhooks_are_written_by_the_very_dialects_keys_have():
    assert webhooks.dialects._writers == {name: each.render for name, each in DIALECTS.items()}


def test_a_refusal_has_a_text_of_its_own_for_each_dialect():
    assert {each.name for each in fields(Refusal)} >= NAMES


# --- What is refused -------------------------------------------------------------------------------------------------


def test_every_refusal_is_worded_by_hand_here_and_none_that_there_is_not():
    assert {each.__name__ for each in REFUSALS} == set(WORDINGS)


@pytest.mark.parametrize("dialect", sorted(NAMES))
@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_has_these_words_and_this_status_and_the_same_words_in_a_batch(kind, dialect):
    wordings = [each[kind.__name__] for each in (WORDINGS, OF_LINKS) if kind.__name__ in each]
    for wording in wordings:
        error = kind() if wording.filled_in is None else kind(wording.filled_in)
        status, text = wording.of(dialect)
        assert text
        assert REFUSALS[kind].answer(dialect, error) == (status, text)
        assert DIALECTS[dialect].render(error) == {"error": text}


# --- What is answered ------------------------------------------------------------------------------------------------


def written(dialect: str) -> set[type]:
    """Return the kinds of results that a dialect can write."""
    return set(vars(DIALECTS[dialect].render)["registry"]) - {object}


def test_what_one_dialect_writes_the_other_writes():
    assert written("standard") == written("classic")


@pytest.mark.parametrize("dialect", sorted(NAMES))
def test_a_dialect_writes_whatever_an_action_returns(dialect):
    returned = {
        name: inspect.signature(type(action).run, eval_str=True).return_annotation for name, action in ACTIONS.items()
    }
    results = {each: name for name, result in returned.items() for each in get_args(result) or (result,)}
    assert {name for each, name in results.items() if each not in written(dialect)} == set()


@pytest.mark.parametrize("dialect", sorted(NAMES))
def test_a_dialect_writes_whatever_a_webhook_tells(dialect):
    assert set(get_args(Facts)) <= written(dialect)


@pytest.mark.parametrize("dialect", sorted(NAMES))
@pytest.mark.parametrize(("name", "sent"), CALLS, ids=[f"{name} {number}" for number, (name, _) in enumerate(CALLS)])
def test_a_dialect_hands_every_action_what_was_sent(name, sent, dialect):
    params = DIALECTS[dialect].params(Sent(form={"action": name, **sent}))
    assert params["action"] == name
    known = ACTIONS[name].read(params, dialect)
    assert sorted(known[each] for each in known if known[each] in sent.values()) == sorted(sent.values())


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_parameter_is_optional_in_no_dialect_but_those_there_are(action: Action):
    assert {each.optional_in for each in action.parameters} <= NAMES | {""}


def test_the_typed_reader_knows_every_action_every_event_and_every_type():
    assert set(ALONE) == set(ACTIONS)
    assert set(BATCH) == {name for name, action in ACTIONS.items() if isinstance(action, OneOrMany)}
    assert set(EVENTS) == set(KINDS)
    assert set(TYPES) == set(ServiceType.values)


# --- Words for statuses ----------------------------------------------------------------------------------------------

SOMETHING = Named(7, UUID(int=7))


def word(result: object, dialect: str) -> object:
    """Return what is written as the status."""
    return DIALECTS[dialect].render(result)["status"]


@pytest.mark.parametrize("status", OrderStatus.values)
def test_every_status_of_an_order_has_a_word_in_both(status):
    state = OrderState(status, 0, 0, 0)  # type: ignore[arg-type] # an amount without decimals
    for result in (state, OrderTold(SOMETHING, 1, "", state)):
        assert (word(result, "standard"), word(result, "classic")) == (status, ORDER_WORDS[status])


@pytest.mark.parametrize("status", RefillStatus.values)
def test_every_status_of_a_refill_has_a_word_in_both(status):
    for result in (RefillStatusResult(status), RefillTold(SOMETHING, SOMETHING, status)):
        assert (word(result, "standard"), word(result, "classic")) == (status, REFILL_WORDS[status])


@pytest.mark.parametrize("state", SubscriptionState.values)
def test_every_state_of_a_subscription_has_a_word_in_both(state):
    posts = Posts(state, expires_on=None, posts=0, orders=(), public_ids=())
    result = OrderState("in_progress", 0, 0, 0, posts)  # type: ignore[arg-type]
    assert (word(result, "standard"), word(result, "classic")) == ("in_progress", SUBSCRIPTION_WORDS[state])
