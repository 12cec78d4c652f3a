"""How actions are told which orders or refills are meant: one id, or up to a hundred separated by commas."""

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from api_v2.actions.declaration import Action
from api_v2.errors import TooManyOrders
from orders.parameters import InvalidParameter, MissingParameter

MOST_IDS = 100
T = TypeVar("T")


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


def alone(outcome: T | Exception) -> T:
    """Return what came of the one id that was sent.

    :raises Exception: where that is an error.
    """
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class OneOrMany(Action):
    """An action on one id, in the parameter `one`, or on up to a hundred in the parameter with an s behind it."""

    one: ClassVar[str]
    not_found: ClassVar[type[Exception]]

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows.

        :raises Exception: `not_found`, where a single id is no text, as with any other that names nothing.
        :raises InvalidParameter: where a batch is no text: its ids could not be written back.
        """
        try:
            return super().read(params, dialect)
        except InvalidParameter as error:
            only_one = error.name == self.one and f"{self.one}s" not in params
            raise (self.not_found() if only_one else error) from None
