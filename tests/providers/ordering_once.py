"""Placing one order at a scripted panel, which must have been asked exactly once."""

from providers.client import Client
from providers.outcomes import Outcome
from tests.providers.scripted import Script, ScriptedPanel

KEY = "our/secret key"
PATIENT = 10  # seconds: far beyond what any of these takes
HASTY = 0.5


def add(url: str, timeout: float = PATIENT) -> Outcome:
    return Client(url, KEY, timeout).add(service="7", link="https://example.com/ä?a=1&b=2", quantity=100)


def outcome_of(script: Script, timeout: float = PATIENT) -> Outcome:
    """Place one order at a panel that plays the script; it must have been asked exactly once."""
    with ScriptedPanel(script) as panel:
        outcome = add(panel.url, timeout)
    assert len(panel.requests) == panel.connections == 1
    return outcome
