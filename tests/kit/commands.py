"""How commands speak: sentences to people, one JSON object to programs, one sentence of refusal."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from kit.commands import Answer, PanelCommand


class NotToday(Exception):
    """What this command refuses with."""


class Greet(PanelCommand):
    """Greets somebody; refuses mallory; is not well when greeting nobody."""

    refusals = (NotToday,)

    def declare(self, parser):
        parser.add_argument("name")

    def answer(self, given):
        if given["name"] == "mallory":
            raise NotToday("mallory is not greeted today")
        if given["name"] == "eve":
            raise RuntimeError("a mistake of the program")
        return Answer(f"Good morning, {given['name']}.", {"greeted": given["name"]}, well=given["name"] != "nobody")


def run(*args):
    """Return what is printed and the exit status."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(Greet(stdout=out, stderr=err), *args)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def test_people_are_told_in_words():
    assert run("alice") == ("Good morning, alice.\n", 0)


def test_programs_are_told_in_json():
    out, status = run("alice", "--json")
    assert (json.loads(out), status) == ({"greeted": "alice"}, 0)


def test_what_is_not_well_is_told_and_ends_with_1():
    assert run("nobody") == ("Good morning, nobody.\n", 1)
    assert run("nobody", "--json") == ('{"greeted": "nobody"}\n', 1)


def test_a_refusal_is_a_command_error_with_its_sentence():
    with pytest.raises(CommandError) as refusal:
        run("mallory", "--json")
    assert str(refusal.value) == "mallory is not greeted today"
    assert refusal.value.returncode == 1


def test_a_mistake_of_the_program_is_not_hidden_as_a_refusal():
    with pytest.raises(RuntimeError, match="a mistake of the program"):
        run("eve")
