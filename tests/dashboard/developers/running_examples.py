"""Every example on every page, run as it is printed against the panel, answers what is printed below it.

The programs are taken out of the pages as they are served, and run by the languages' own interpreters; one that this
machine does not have is skipped and said so. Only new ids and secrets are compared by their form.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server

import pytest

import accounts.operations
from api_v2.actions import ACTIONS
from tests.browser.conftest import Quiet, Server
from tests.dashboard.developers.printed import Group, compact, groups_at
from tests.dashboard.developers.scenes import AT_ONCE, DEPOSITS, SCENES, Scene
from tests.webhooks.documented import blocks

ENDINGS = {"curl": "sh", "JavaScript": "mjs", "Python": "py", "PHP": "php"}
# Each runs the files it is given, one after the other: an interpreter takes longer to start than an example to run.
RUNNERS = {
    "curl": ["sh", "-c", 'for each; do sh "$each"; echo; done', "sh"],
    "JavaScript": [
        "node",
        "--input-type=module",
        "-e",
        "for (const each of process.argv.slice(1)) await import(each);",
    ],
    "Python": [sys.executable, "-c", "import runpy, sys\nfor each in sys.argv[1:]:\n    runpy.run_path(each)"],
    "PHP": ["sh", "-c", 'for each; do php "$each"; done', "sh"],
}
NEEDED = {"curl": "curl", "JavaScript": "node", "Python": sys.executable, "PHP": "php"}
RUNS = [("standard", language) for language in ENDINGS] + [("classic", "curl")]  # a language speaks both alike
LONGEST = 120  # seconds
# Members that are new each time, by the action, and the forms of such values.
NEW = {"add": {"order"}, "refill": {"refill"}, "webhook.add": {"webhook", "secret"}, "webhook.test": {"event"}}
FORMS = (
    *(f"{each}_[0-9A-HJKMNP-TV-Z]{{26}}" for each in ("ord", "ref", "whk", "evt")),
    r"whsec_[A-Za-z0-9+/]{43}=",
    r"\d+",
)


@pytest.fixture(scope="module")
def panel() -> Iterator[str]:
    """Return where the panel answers."""
    from notpanel.wsgi import application

    server = make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(groups: list[Group], language: str, key: str, folder: Path) -> list[str]:
    """Run programs as they are printed; return the line that each prints."""
    files = [folder / f"example-{number}.{ENDINGS[language]}" for number, _ in enumerate(groups)]
    for file, group in zip(files, groups, strict=True):
        file.write_text(group.programs[language], encoding="utf-8")
    ran = subprocess.run(
        [*RUNNERS[language], *files],
        env=os.environ | {"NOTPANEL_KEY": key, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), f"{language} of {[each.sent for each in groups]}: {ran.stderr}"
    lines = ran.stdout.splitlines()
    assert len(lines) == len(groups), ran.stdout
    return lines


def assert_answers(printed: Any, came: Any, new: set[str]) -> None:
    """The answer is the printed one, but for members that are new each time: those have the printed one's form."""
    assert type(came) is type(printed)
    if isinstance(printed, dict):
        assert list(came) == list(printed)
        for name in printed:
            check = assert_form if name in new else assert_answers
            check(printed[name], came[name], new)
    elif isinstance(printed, list):
        assert len(came) == len(printed)
        for one, other in zip(printed, came, strict=True):
            assert_answers(one, other, new)
    else:
        assert came == printed


def assert_form(printed: Any, came: Any, new: set[str]) -> None:
    """Both are of one form; what is none of the new values' is what is printed."""
    form = next((each for each in FORMS if re.fullmatch(each, str(printed))), None)
    if form is None:
        assert_answers(printed, came, new)
        return
    assert type(came) is type(printed)
    assert re.fullmatch(form, str(came))


def examples_of(action: str, panel: str) -> list[Group]:
    """Return the printed examples of an action, each once however many pages have it, in the order of its own page."""
    declared = [{"action": action, **example.sent} for example in ACTIONS[action].examples]
    printed = [each for each in groups_at(panel) if each.sent.get("action") == action]
    distinct = {str((each.programs, each.answers)): each for each in printed}.values()
    ordered = sorted(distinct, key=lambda each: declared.index(each.sent))
    assert [each.sent for each in ordered] == declared
    return ordered


@pytest.fixture
def keys(person, request):
    """Return a key of each dialect, of one reseller with the balance that the examples show."""
    alice = person("alice", deposit=DEPOSITS.get(request.node.callspec.params["action"], "1000"))
    _, classic = accounts.operations.issue_key(account_id=alice.id, name="classic", dialect="classic")
    return {"standard": alice, "classic": replace(alice, key=classic)}


@pytest.mark.parametrize("language", ENDINGS)
def test_this_machine_can_run(language):
    if shutil.which(NEEDED[language]) is None:
        pytest.skip(f"{NEEDED[language]} is not installed: the {language} examples are not run")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", ACTIONS)
def test_answers_what_is_printed(panel, keys, sell, monkeypatch, tmp_path, action):
    """All languages order with the same request_id: that they get one answer says that they send the same."""
    monkeypatch.setattr("webhooks.resolving.look_up", lambda name: ["93.184.215.14"])
    examples = examples_of(action, panel)
    for dialect, language in RUNS:
        if shutil.which(NEEDED[language]) is None:
            continue
        for together in [examples] if action in AT_ONCE else [[each] for each in examples]:
            SCENES[action](Scene(keys[dialect], sell), together[0].sent)
            for example, output in zip(together, run(together, language, keys[dialect].key, tmp_path), strict=True):
                assert_answers(json.loads(example.answers[dialect]), json.loads(output), NEW.get(action, set()))
                assert output == compact(output)  # on one line, as Getting started says


@pytest.mark.django_db(transaction=True)
def test_every_program_on_every_page_is_run(panel):
    groups = groups_at(panel)
    calls = [each for each in groups if each.sent]
    assert {each.sent["action"] for each in calls} == set(ACTIONS)
    for each in calls:
        assert list(each.programs) == list(ENDINGS)
        assert set(each.answers) == {"standard", "classic"}
    receivers = {code for each in groups if not each.sent for code in each.programs.values()}
    assert receivers <= set(blocks("python", "javascript", "php"))  # tests/webhooks/documented_receivers.py runs those
    assert len(receivers) == 5
