"""The currency amounts are shown in beside US dollars. It is for the eye: whatever is shown, what is paid is USD."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from catalog.queries import currencies, exchange_rate

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its code, and what one unit of it is worth in USD by the operator's word."""

    code: str
    usd: Decimal

    def shown(self, amount: Decimal) -> str:
        """Return the amount of USD in this currency, by the cent, or exactly to three digits where it is less."""
        converted = amount / self.usd
        if converted == 0 or abs(converted) >= 1:
            return f"{converted.quantize(CENT, ROUND_HALF_UP):,f}"
        return f"{converted:.3g}" if abs(converted) >= Decimal("0.0001") else f"{converted:.8f}"


def chosen(code: str) -> Currency | None:
    """Return the currency of this code, or None where it is USD or the operator has no rate for it (any more)."""
    if code in {"", "USD"}:
        return None
    usd = exchange_rate(code)
    return Currency(code, usd) if usd else None


def offered() -> list[str]:
    """Return the codes that can be chosen: USD, and every currency that the operator has a rate for."""
    return ["USD", *(code for code in currencies() if code != "USD")]
