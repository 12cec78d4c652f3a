"""How actions are told which orders or refills are meant: one id, or up to a hundred separated by commas."""

from collections.abc import Mapping

from api_v2.errors import TooManyOrders
from orders.parameters import InvalidParameter, MissingParameter

MOST_IDS = 100


def named(params: Mapping[str, str], one: str, both: Exception) -> tuple[list[str], bool]:
    """Return the ids as they were sent, in `order` or in `orders`, and whether they came as a batch.

    :raises both: where both parameters were sent.
    :raises MissingParameter: where neither was.
    :raises InvalidParameter: where a batch names nothing.
    :raises TooManyOrders: where a batch names more than 100, empty ones left out.
    """
    many = f"{one}s"
    if one in params and many in params:
        raise both
    if many not in params:
        if one not in params:
            raise MissingParameter(one)
        return [params[one]], False
    sent = [each.strip() for each in params[many].split(",") if each.strip()]
    if not sent:
        raise InvalidParameter(many)
    if len(sent) > MOST_IDS:
        raise TooManyOrders
    return sent, True


def no_such(error: InvalidParameter, params: Mapping[str, str], one: str, not_found: type[Exception]) -> Exception:
    """Return what an id that is no text is answered: it names nothing, as with any other. A batch stays refused."""
    return not_found() if error.name == one and f"{one}s" not in params else error
