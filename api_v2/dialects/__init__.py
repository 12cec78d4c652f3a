"""How a result is written on the wire, a module for each dialect a key can have."""

from collections.abc import Callable
from typing import Any

from api_v2.dialects import standard

DIALECTS: dict[str, Callable[[Any], Any]] = {"standard": standard.render}
