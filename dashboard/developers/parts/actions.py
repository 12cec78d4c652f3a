"""What is written of an action, all of it out of its declaration."""

import inspect
import json
from collections.abc import Iterator

from api_v2.actions import ACTIONS, Action
from api_v2.actions.add import described
from api_v2.actions.declaration import Example, Parameter
from api_v2.dialects import DIALECTS
from dashboard.developers.pages import DESCRIBED_ON
from dashboard.developers.parts import programs, refusals
from dashboard.developers.reader import Reader
from dashboard.developers.tables import code, table
from orders.parameters.types import TAKES

OF_CLASSIC = "With a key of the classic dialect:"


def whole(reader: Reader, name: str) -> str:
    """Return all of an action, for a page of its own."""
    return _described(reader, ACTIONS[name], "##")


def beside_others(reader: Reader, name: str) -> str:
    """Return all of an action under a heading with its name, for a page with several."""
    return f"## {name}\n\n{_described(reader, ACTIONS[name], '###')}"


def _described(reader: Reader, action: Action, level: str) -> str:
    return "\n".join(
        [
            f"**POST** `{reader.url}` with `action={action.name}`\n",
            f"{' '.join(f'`{each}`' for each in badges(action))}\n",
            f"{inspect.getdoc(type(action))}\n",
            f"{level} Parameters\n",
            parameters(action),
            f"{level} Example\n",
            *examples(reader, action),
            f"{level} Errors\n",
            refusals.of_action(action),
        ]
    )


def badges(action: Action) -> list[str]:
    """Return what is to be known of an action before it is called, each in few words."""
    limits = (
        ["free: spends no rate limit"]
        if action.free
        else ["rate limited per key", "rate limited per tier", "rate limited per IP"]
    )
    read_only = "refused to a read-only key" if action.writes else "allowed to a read-only key"
    tagged = ["answers with an ETag"] if action.tagged else []
    return ["key required", "form body", *limits, read_only, *tagged]


def parameters(action: Action) -> str:
    """Return the table of an action's parameters, `key` and `action` among them."""
    first = [
        ["`key`", "yes", "text", "Your API key.", ""],
        ["`action`", "yes", "text", "What is to be done.", f"`{action.name}`"],
    ]
    own = [
        [f"`{each.name}`", _needed(each), each.kind, _meaning(each), code(each.example)] for each in action.parameters
    ]
    return table(["parameter", "needed", "type", "what it is", "example"], [*first, *own])


def _needed(parameter: Parameter) -> str:
    if parameter.optional_in:
        return f"yes; not with a key of the {parameter.optional_in} dialect"
    if parameter.or_else:
        return f"this or `{parameter.or_else}`"
    if parameter.taken_by:
        return "by type"
    return "yes" if parameter.required else "no"


def _meaning(parameter: Parameter) -> str:
    return f"{parameter.description} {_taken_by(parameter.taken_by)}".strip()


def _taken_by(types: tuple[str, ...]) -> str:
    others = [str(kind) for kind in TAKES if kind not in types]
    if not types:
        return ""
    if len(others) < len(types):
        return f"Taken by every type but: {', '.join(others)}."
    return f"Taken by: {', '.join(types)}."


def types(reader: Reader) -> str:
    """Return the table of the types of service with what each takes; what may be left out in brackets."""
    rows = [[str(kind), ", ".join(_bracketed(each) for each in described(takes))] for kind, takes in TAKES.items()]
    return table(["type", "takes"], rows)


def _bracketed(parameter: Parameter) -> str:
    return f"`{parameter.name}`" if parameter.required else f"[`{parameter.name}`]"


def examples(reader: Reader, action: Action) -> Iterator[str]:
    """Yield each example in every language with its answers: the first as it is, the others under their titles."""
    for number, example in enumerate(action.examples):
        if number:
            yield f"#### {example.title}\n"
        yield programs.fenced(reader.url, action.name, example.sent)
        yield answers(example)


def first_example(reader: Reader, name: str) -> str:
    """Return an action's first example in every language with its answers."""
    action = ACTIONS[name]
    return "\n".join([programs.fenced(reader.url, name, action.examples[0].sent), answers(action.examples[0])])


def answers(example: Example) -> str:
    """Return what is answered, in both dialects where they differ."""
    standard, classic = (printed(DIALECTS[name].render(example.result_in(name))) for name in ("standard", "classic"))
    if standard == classic:
        return f"Answer, in both dialects:\n\n{standard}"
    return f"Answer:\n\n{standard}\n{OF_CLASSIC}\n\n{classic}"


def printed(answer: object) -> str:
    """Return an answer as it is shown: broken into lines, which it is not on the wire."""
    return f"```json\n{json.dumps(answer, indent=2, ensure_ascii=False)}\n```\n"


def listed(reader: Reader) -> str:
    """Return a table of all actions, each with the page that describes it."""
    rows = [
        [f"[`{name}`]({DESCRIBED_ON[name].path})", action.summary, "yes" if action.writes else "no"]
        for name, action in ACTIONS.items()
    ]
    return table(["action", "what it does", "changes something"], rows)
