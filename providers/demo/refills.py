"""The demo provider's refills: how far one has come is a function of the time, as with orders."""

from dataclasses import dataclass

PENDING_SHARE = 0.2


@dataclass(frozen=True)
class Refill:
    """A refill as it was taken."""

    refill: int
    order: int
    at: float
    seconds: float
    rejected: bool = False

    def status(self, now: float) -> str:
        """Return the classic protocol's word for where it is, at a moment in seconds since 1970."""
        share = (now - self.at) / self.seconds if self.seconds > 0 else 1.0
        if share >= 1:
            return "Rejected" if self.rejected else "Completed"
        return "Pending" if share < PENDING_SHARE else "In progress"
