"""Every write of refills: asked for by a reseller, sent to providers, followed, and decided by the operator."""

from orders.operations.refills.deciding import CannotDecideRefill, complete, reject
from orders.operations.refills.requesting import (
    OrderNotCompleted,
    RefillAlreadyPending,
    RefillLimitReached,
    RefillNotAvailable,
    RefillPeriodOver,
    Requested,
    request,
)

__all__ = [
    "CannotDecideRefill",
    "OrderNotCompleted",
    "RefillAlreadyPending",
    "RefillLimitReached",
    "RefillNotAvailable",
    "RefillPeriodOver",
    "Requested",
    "complete",
    "reject",
    "request",
]
