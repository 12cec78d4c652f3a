"""What an answer to `add` means; anything not understood is unknown."""

from providers import answers
from providers.faults import Concerns, concerns, explained
from providers.outcomes import NotSent, Outcome, Placed, ProviderFault, Refused, Unknown
from providers.transport import Answer

BY_CONCERN: dict[Concerns, type[NotSent | ProviderFault | Refused | Unknown]] = {
    Concerns.OUR_ACCOUNT: ProviderFault,
    Concerns.OUR_PACE: NotSent,
    Concerns.THE_ORDER: Refused,
    Concerns.NOBODY: Unknown,
}


def outcome(answer: Answer, key: str) -> Outcome:
    """Return what became of the order; our key is struck out of whatever is kept of the answer."""
    shown = answers.kept(answer.body, key)
    if answer.status == 429:
        return NotSent("the provider asks for fewer calls (HTTP 429)", shown)
    try:
        data = answers.decoded(answer.body)
    except answers.NotJson as error:
        return Unknown(f"the provider answered HTTP {answer.status} with {error}", shown)
    if answer.status >= 500 or 300 <= answer.status < 400:
        return Unknown(f"the provider answered HTTP {answer.status}", shown)
    text = answers.scrubbed(answers.error_text(data) or "", key)
    order_id = answers.remote_id(data.get("order")) if isinstance(data, dict) else None
    if text and order_id:
        return Unknown("the provider answered an order and an error at once", shown)
    if text:
        return BY_CONCERN[concerns(text)](explained(text), shown)
    if order_id and answer.status < 300:
        return Placed(order_id, shown)
    return Unknown(f"the provider answered HTTP {answer.status} without an order id", shown)
