"""stub"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass
class Priced:
    pass


def priced(account_id: int, service_type: str, params: Mapping[str, str]) -> Priced | None:
    """stub"""
    return None
