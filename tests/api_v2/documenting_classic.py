"""docs/reseller-api.md shows the classic dialect's answers as that dialect writes the actions' examples."""

import json
import re

from api_v2.actions import ACTIONS, Action
from api_v2.dialects import DIALECTS
from tests.api_v2.documenting_refusals import PAGE
from tests.api_v2.wordings import ORDER_WORDS, REFILL_WORDS, SUBSCRIPTION_WORDS

ROW = re.compile(r"^\| `([a-z_.]+)`[^|]* \| `([^`]+)` \|$", re.MULTILINE)
PUBLIC_ID = re.compile("(ord|ref)_[0-9A-Z]{26}")


def section() -> str:
    """Return what the page says of the dialect."""
    return PAGE.read_text(encoding="utf-8").partition("\n## The classic dialect\n")[2].partition("\n## ")[0]


def rendered(action: Action, dialect: str) -> set[str]:
    """Return the answers to the action's examples in a dialect."""
    return {json.dumps(DIALECTS[dialect].render(example.result_in(dialect))) for example in action.examples}


def test_every_answer_that_differs_is_shown_as_it_is_written():
    shown: dict[str, set[str]] = {}
    for name, answer in ROW.findall(section()):
        shown.setdefault(name, set()).add(answer)
    assert shown == {
        name: {each for each in rendered(action, "classic") if not PUBLIC_ID.search(each)}
        for name, action in ACTIONS.items()
        if rendered(action, "classic") != rendered(action, "standard")
    }


def test_of_the_others_it_says_that_they_are_the_same():
    (told,) = re.findall(r"^(`balance`.*) answer what they answer in the standard dialect", section(), re.MULTILINE)
    same = {name for name, action in ACTIONS.items() if rendered(action, "classic") == rendered(action, "standard")}
    named = set(re.findall("`([a-z_.*]+)`", told))
    assert named == {"webhook.*" if name.startswith("webhook.") else name for name in same}


def test_the_words_for_statuses_are_all_there():
    words = " ".join(section().partition("- **Statuses**")[2].partition("- **")[0].split())
    of_orders, of_refills, of_subscriptions = words.split(";")
    for told, those in (
        (of_orders, ORDER_WORDS),
        (of_refills, REFILL_WORDS),
        (of_subscriptions.partition(".")[0], SUBSCRIPTION_WORDS),
    ):
        assert set(re.findall("`([A-Z][a-z ]+)`", told)) == set(those.values())
