"""Turning the demo provider while it runs: what `POST /control` understands."""

from dataclasses import fields

from providers.demo.behaviours import Behaviour
from providers.demo.catalogue import OFFERS
from providers.demo.panel import DemoPanel
from providers.demo.replies import Knobs

KNOBS = {knob.name for knob in fields(Knobs)}
MEMBERS = KNOBS | {"key", "next", "action", "service", "behaviour", "reset"}


class NotUnderstood(Exception):
    """The order to the demo provider makes no sense; the message says what would."""


def control(panel: DemoPanel, told: dict[str, object]) -> dict[str, object]:
    """Do what is told, all of it or, where a part makes no sense, nothing; return the knobs as they stand.

    :raises NotUnderstood: where a part makes no sense.
    """
    if strange := sorted(told.keys() - MEMBERS):
        raise NotUnderstood(f"{', '.join(strange)}: not among {', '.join(sorted(MEMBERS))}")
    turned = {name: _seconds(name, told[name]) for name in sorted(told.keys() & KNOBS)}
    following = _behaviours(told.get("next", []))
    action = told.get("action")
    if action is not None and not isinstance(action, str):
        raise NotUnderstood("action is a string such as add, status, services or balance")
    service = _service(told["service"]) if "service" in told else None
    behaviour = _behaviours([told["behaviour"]])[0] if told.get("behaviour") is not None else None
    if told.get("reset"):
        panel.forget_behaviours()
    for name, seconds in turned.items():
        setattr(panel.knobs, name, seconds)
    if service is not None:
        panel.behave_for(service, behaviour)
    panel.behave(following, action)
    return {name: getattr(panel.knobs, name) for name in sorted(KNOBS)}


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise NotUnderstood(f"{name} is a number of seconds from 0 to 86400")
    return float(value)


def _behaviours(names: object) -> list[Behaviour]:
    known = {str(behaviour) for behaviour in Behaviour}
    if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
        raise NotUnderstood(f"a behaviour is one of {', '.join(sorted(known))}")
    return [Behaviour(name) for name in names]


def _service(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in OFFERS:
        raise NotUnderstood(f"service is one of {', '.join(map(str, OFFERS))}")
    return value
