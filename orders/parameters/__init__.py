"""What a reseller sends for an order: which parameters each type of service takes, and what is made of them."""

from orders.parameters.fingerprinting import KNOWN, fingerprint
from orders.parameters.refusals import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from orders.parameters.rules import LONGEST_TEXT, required, whole_number
from orders.parameters.types import TAKES, Takes
from orders.parameters.wanting import Wanted, wanted

LONGEST_LINK = LONGEST_TEXT

__all__ = [
    "KNOWN",
    "LONGEST_LINK",
    "TAKES",
    "InvalidCoupon",
    "InvalidParameter",
    "MissingParameter",
    "QuantityAbove",
    "QuantityBelow",
    "Takes",
    "Wanted",
    "fingerprint",
    "required",
    "wanted",
    "whole_number",
]
