"""What a dialect is: how parameters are read, and how results are written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api_v2.transport import Sent


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way to speak over the one URL; a key has one. The texts of errors are in errors.py, by its name.

    `methods` are those it takes now, `params` the parameters it reads, the action's name among them, and `render` is
    what goes on the wire for a result, or for an error in a batch.
    """

    name: str
    methods: Callable[[], frozenset[str]]
    params: Callable[[Sent], dict[str, str]]
    render: Callable[[Any], Any]
