"""The JSON Schema that examples have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
Words = Mapping[str, tuple[str, ...]]  # members that hold one of these

ULID = "[0-9A-HJKMNP-TV-Z]{26}"
# What a text is that all examples of a member match; the first that fits.
TEXTS: tuple[Schema, ...] = (
    *({"pattern": f"^{prefix}_{ULID}$"} for prefix in ("ord", "ref", "whk", "evt")),
    {"pattern": r"^whsec_[A-Za-z0-9+/]+=*$"},
    {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", "format": "date-time"},
    {"pattern": r"^-?\d+\.\d{2,8}$"},
    {"pattern": r"^\d+$"},
    {"pattern": "^https?://", "format": "uri"},
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Ids that were sent: an object whose members they name may have any others; what repeats one is any text."""

    ids: frozenset[str] = frozenset()
    repeated_in: frozenset[str] = frozenset()


NOTHING = Sent()


def schema(examples: Sequence[Any], words: Words, sent: Sent = NOTHING, name: str = "") -> Schema:
    """Return what all examples of the member of this name have in common."""
    first = examples[0]
    if isinstance(first, dict):
        return _one_of([_object(each, words, sent) for each in _forms(examples, sent)])
    if isinstance(first, list):
        items = [item for each in examples for item in each]
        return {"type": "array", "items": schema(items, words, sent, name) if items else {}}
    if isinstance(first, bool):
        return {"type": "boolean"}
    return {"type": "integer"} if isinstance(first, int) else _text(examples, words, sent, name)


def _one_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _forms(examples: Sequence[Mapping[str, Any]], sent: Sent) -> list[list[Mapping[str, Any]]]:
    """Return the examples by what they are: a success, a refusal, or an object named by what was sent."""
    forms: dict[tuple[bool, bool], list[Mapping[str, Any]]] = {}
    for each in examples:
        forms.setdefault((_is_named_by(each, sent), "error" in each), []).append(each)
    return list(forms.values())


def _is_named_by(example: Mapping[str, Any], sent: Sent) -> bool:
    return bool(example) and set(example) <= sent.ids


def _object(examples: Sequence[Mapping[str, Any]], words: Words, sent: Sent) -> Schema:
    if _is_named_by(examples[0], sent):
        members = [value for each in examples for value in each.values()]
        return {"type": "object", "additionalProperties": schema(members, words, sent)}
    names = dict.fromkeys(name for each in examples for name in each)
    return {
        "type": "object",
        "required": [name for name in names if all(name in each for each in examples)],
        "properties": {
            name: schema([each[name] for each in examples if name in each], words, sent, name) for name in names
        },
    }


def _text(examples: Sequence[str], words: Words, sent: Sent, name: str) -> Schema:
    if name in words:
        return {"type": "string", "enum": list(words[name])}
    if name in sent.repeated_in:
        return {"type": "string"}
    fitting = (each for each in TEXTS if all(re.search(each["pattern"], example) for example in examples))
    return {"type": "string"} | next(fitting, {})
