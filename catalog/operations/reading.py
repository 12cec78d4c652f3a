"""Reading a provider's list, for the import and the sync: what it sells, and what a unit of its currency is worth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from catalog.models import ExchangeRate
from catalog.operations.merging import CannotSell, sellable
from kit.encryption import CannotDecrypt
from providers.models import Provider
from providers.offers import RemoteService, SkippedRow
from providers.outcomes import CallFailed
from providers.queries import client_for

USD = Decimal(1)
SHOWN_REASONS = 3


class ListUnusable(Exception):
    """There is no list to go by; the message is a sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class ProviderList:
    """What a provider lists: the rows that can be read, those that cannot, and what its prices are in.

    `usd` is what one unit of its currency is worth by the operator's word.
    """

    offered: tuple[RemoteService, ...]
    left_out: tuple[SkippedRow, ...]
    currency: str
    usd: Decimal

    def ids(self) -> set[str]:
        """Return every id on the list, those of rows that cannot be read too."""
        return {row.remote_id for row in self.offered} | {row.remote_id for row in self.left_out}


def read_list(provider: Provider) -> ProviderList:
    """Ask the provider for its list.

    :raises ListUnusable: where it cannot be had, none of it can be read, or nobody has said what its currency is worth.
    """
    usd = _usd(provider)
    try:
        services = client_for(provider).services()
    except (CallFailed, CannotDecrypt) as error:
        raise ListUnusable(f"{provider.name}: {str(error).rstrip('.')}.") from error
    left_out = (*services.unknown_types, *services.skipped)
    if not services.services:
        reasons = "; ".join(f"{row.name or row.remote_id or 'a row'}: {row.reason}" for row in left_out[:SHOWN_REASONS])
        raise ListUnusable(f"None of the {len(left_out)} services that {provider.name} lists can be read ({reasons}).")
    return ProviderList(services.services, left_out, provider.currency, usd)


def split_sellable(rows: Sequence[RemoteService]) -> tuple[list[RemoteService], list[SkippedRow]]:
    """Return the rows that can be sold here, and the others with why not."""
    skipped: list[SkippedRow] = []
    return list(_sellable(rows, skipped)), skipped


def _sellable(rows: Sequence[RemoteService], skipped: list[SkippedRow]) -> Iterator[RemoteService]:
    for row in rows:
        try:
            sellable(row)
        except CannotSell as error:
            skipped.append(SkippedRow(str(error), row.remote_id, row.name))
        else:
            yield row


def _usd(provider: Provider) -> Decimal:
    if provider.currency == "USD":
        return USD
    rate = ExchangeRate.objects.filter(currency=provider.currency).first()
    if rate is None:
        raise ListUnusable(
            f"{provider.name} charges in {provider.currency}, and nobody has said what that is worth: enter the "
            f"exchange rate of {provider.currency} in the admin, under Prices, Exchange rates."
        )
    return rate.usd
