"""Making sure that a provider speaks the standard dialect: one wrongly taken for it would be bought from twice."""

from dataclasses import dataclass, field

from providers.client import Client
from providers.operations.checks import ProviderRefused
from providers.outcomes import Unreachable

STANDARD = "standard"
PATIENCE = 10  # seconds for each of the two questions: an operator waits
NOBODYS = "ord_00000000000000000000000000"  # of 1970: no panel has given it
NO_SERVICE = {"service": "0"}
FORGETFUL = "It does not ask for a request_id, without which an order may be bought twice: choose classic."


class DoesNotSpeakStandard(ProviderRefused):
    """The provider does not show that it remembers request_ids; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SpeaksStandard:
    """Proof that the panel at this address answered this key in the standard dialect."""

    url: str
    key: str = field(repr=False)


def ask_for_standard(*, url: str, key: str) -> SpeaksStandard:
    """Return the proof that a panel speaks the standard dialect to this key. Two calls, which change nothing there.

    :raises DoesNotSpeakStandard: where it does not, or cannot be asked.
    """
    client = Client(url, key, PATIENCE)
    try:
        _expect(client.said("status", order=NOBODYS), "Order not found")
        # What all rests upon: it takes no order without one. There is no service 0, and nothing to be delivered.
        _expect(client.said("add", **NO_SERVICE), "Missing required parameter: request_id", otherwise=FORGETFUL)
    except Unreachable as error:
        raise DoesNotSpeakStandard(
            f"{error} Whether it speaks the standard dialect has to be asked first: try again."
        ) from None
    return SpeaksStandard(url, key)


def _expect(said: tuple[int, object], text: str, *, otherwise: str = "") -> None:
    status, data = said
    if (status, data) == (400, {"error": text}):
        return
    told = data.get("error") if isinstance(data, dict) else None
    raise DoesNotSpeakStandard(_why(status, str(told or "")[:200]) or otherwise or _no_notpanel(status))


def _why(status: int, told: str) -> str:
    """Return what to do about what it said, or nothing where it said nothing of use."""
    if status == 429:
        return "The provider asks for fewer calls: try again in a minute."
    known = {
        "Invalid API key": "The provider does not know this key: see how it is spelled, and where it may be used.",
        "Account suspended": "The provider has suspended our account: ask it why.",
        "API key is read-only": "This key may only read: ask for one that may order.",
        "Incorrect order ID": "This key speaks the classic dialect: ask for one of the standard dialect, or choose"
        " classic.",
    }
    return known.get(told, "")


def _no_notpanel(status: int) -> str:
    return (
        f"It does not answer as a NotPanel of the standard dialect does (HTTP {status}): see the address (it ends in"
        " /api/v2), or choose classic."
    )
