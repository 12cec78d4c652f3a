"""The dialects a key can have: one URL, the same actions and the same operations, read and written in two ways."""

from api_v2.dialects import classic, standard
from api_v2.dialects.dialect import Dialect

DIALECTS: dict[str, Dialect] = {each.name: each for each in (standard.STANDARD, classic.CLASSIC)}

__all__ = ["DIALECTS", "Dialect"]
