"""Spending a provider's pace (pace.py) on a call."""

from kit import clock
from kit.transitions import change_if
from providers.pace import PACED, SPEND

TAKE_TURN = f"""
WITH spent AS (
    UPDATE providers_provider v SET {SPEND}
    WHERE v.id = %(id)s AND v.calls_per_minute IS NOT NULL AND {PACED} RETURNING v.id)
SELECT id FROM spent
UNION ALL SELECT id FROM providers_provider WHERE id = %(id)s AND calls_per_minute IS NULL
"""  # noqa: S608 -- all are constants


def take_turn(provider_id: int) -> bool:
    """Spend one call of a provider's pace; return whether there was one. Without a pace there always is."""
    return change_if(TAKE_TURN, {"id": provider_id, "now": clock.now()}) is not None
