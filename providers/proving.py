"""What an answer means to a purchase that is sent again under its request_id: only proof says that it was not placed.

A NotPanel looks for the request_id before it looks at service, link, quantity, link guard, coupon and balance
(protocol.md, Order of checks): who refuses for one of these has found no order of this id. Every other refusal may come
before that look, and says nothing of what an earlier sending did.
"""

import re
from collections.abc import Mapping

from providers import answers
from providers.outcomes import NotSent, Outcome, ProviderFault, Refused, Unproven
from providers.placing import outcome
from providers.transport import Answer

# What a NotPanel of either dialect says of a request_id that it knows, sent with another body.
KNOWN = "request_id was already used for a different order"
PROOFS = {
    "Service not found",
    "Insufficient balance",
    "An order for this link is already in progress",
    "Invalid coupon",
}
QUANTITY = re.compile(r"Quantity (below the minimum|above the maximum) of [0-9]+")
PARAMETER = re.compile(r"Invalid parameter: ([a-z_]+)")


def outcome_again(answer: Answer, key: str, sent: Mapping[str, str]) -> Outcome:
    """Return what became of a purchase that was sent again: Refused and ProviderFault only where that is proved.

    NotSent and Unproven say that this sending did nothing, and Unknown that it may have: of those before it none says
    anything.
    """
    said = outcome(answer, key)
    if not isinstance(said, Refused | ProviderFault) or _proves(answer, sent):
        return said
    return (Unproven if isinstance(said, Refused) else NotSent)(said.why, said.answer)


def says_known(answer: Answer) -> bool:
    """Return whether the answer to a body that was never sent says that the request_id stands for an order."""
    try:
        return answers.decoded(answer.body) == {"error": KNOWN}
    except answers.NotJson:
        return False


def proves_not_placed(text: str, sent: Mapping[str, str]) -> bool:
    """Return whether an error of HTTP 400 is one that a NotPanel answers only after it found no such request_id.

    A parameter counts where it was sent: what is no text is refused before the look, and we send text alone.
    """
    parameter = PARAMETER.fullmatch(text)
    if parameter is not None:
        return parameter[1] in sent and parameter[1] != "request_id"
    return text in PROOFS or QUANTITY.fullmatch(text) is not None


def _proves(answer: Answer, sent: Mapping[str, str]) -> bool:
    data = answers.decoded(answer.body)
    if answer.status != 400 or not isinstance(data, dict) or list(data) != ["error"]:
        return False
    return isinstance(data["error"], str) and proves_not_placed(data["error"], sent)
