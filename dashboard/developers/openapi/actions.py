"""What is posted for an action, and what it answers, as schemas."""

import inspect
from typing import Any

from api_v2.actions.declaration import Action, Example, Kind, Parameter
from api_v2.dialects import DIALECTS
from dashboard.developers.openapi.shapes import Schema, Sent, schema

KINDS: dict[Kind, Schema] = {
    Kind.NUMBER: {"type": "integer"},
    Kind.URL: {"type": "string", "format": "uri", "maxLength": 1000},
    Kind.DAY: {"type": "string", "pattern": r"^\d{1,2}/\d{1,2}/\d{4}$"},
}


def posted(action: Action) -> Schema:
    """Return what a call of the action sends as a form."""
    shown: Schema = {
        "type": "object",
        "title": action.summary,
        "description": inspect.getdoc(type(action)),
        "required": ["key", "action", *(each.name for each in action.parameters if each.required)],
        "properties": {
            "key": {"type": "string", "description": "Your API key.", "examples": ["np_live_…"]},
            "action": {"type": "string", "const": action.name},
            **{each.name: _parameter(each) for each in action.parameters},
        },
        "examples": [form(action, example) for example in action.examples],
    }
    one_of = [{"required": [each.name]} for each in action.parameters if each.or_else]
    return shown | {"oneOf": one_of} if one_of else shown


def _parameter(parameter: Parameter) -> Schema:
    taken = f" Taken by: {', '.join(parameter.taken_by)}." if parameter.taken_by else ""
    shown = KINDS.get(parameter.kind, {"type": "string"}) | {"description": parameter.description + taken}
    return shown | {"examples": [_typed(parameter, parameter.example)]} if parameter.example else shown


def form(action: Action, example: Example) -> dict[str, Any]:
    """Return an example as it is posted, with numbers as numbers."""
    by_name = {each.name: each for each in action.parameters}
    sent = {name: _typed(by_name[name], value) for name, value in example.sent.items()}
    return {"key": "np_live_…", "action": action.name, **sent}


def _typed(parameter: Parameter, value: str) -> str | int:
    return int(value) if parameter.kind == Kind.NUMBER else value


def answered(action: Action) -> Schema:
    """Return what the action answers in the standard dialect."""
    answers = [DIALECTS["standard"].render(example.result) for example in action.examples]
    objects = [each for each in answers if isinstance(each, dict)]
    lists = [each for each in answers if isinstance(each, list)]
    shapes = [schema(each, action.words, _ids(action)) for each in (objects, lists) if each]
    return {
        "title": f"What {action.name} answers",
        **(shapes[0] if len(shapes) == 1 else {"anyOf": shapes}),
        "examples": answers,
    }


def _ids(action: Action) -> Sent:
    """Return the ids that the examples of the action send as a list, and the member that repeats one in each row."""
    lists = {each.name: each.or_else for each in action.parameters if each.kind == Kind.LIST and each.or_else}
    values = [value for example in action.examples for name, value in example.sent.items() if name in lists]
    return Sent(frozenset(",".join(values).split(",")), frozenset(lists.values()))
