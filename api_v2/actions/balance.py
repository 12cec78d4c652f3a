"""`balance`: what the account has to spend."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import wallets.queries
from api_v2.actions.declaration import Action, Example
from api_v2.verdict import Caller


@dataclass(frozen=True, slots=True)
class BalanceResult:
    """An amount in USD."""

    balance: Decimal


class Balance(Action):
    """The balance, cached for 30 s and never older than the caller's own last write. Polling it is free."""

    name = "balance"
    summary = "The account's balance in USD."
    free = True
    examples = (Example({}, BalanceResult(Decimal("47.32"))),)

    def run(self, caller: Caller, params: Mapping[str, str]) -> BalanceResult:
        """Return the balance: what admission found in the cache, else the wallet's."""
        if caller.cached_balance is not None:
            return BalanceResult(caller.cached_balance)
        return BalanceResult(wallets.queries.balance_from_database(caller.account_id))
