"""Compares the providers' balances with what our orders there cost."""

from argparse import ArgumentParser
from typing import Any

from kit.commands import Answer, Given, PanelCommand
from kit.money import wire
from orders.operations.reconciling import Reconciled, drifts, reconcile
from providers.models import Provider
from providers.queries import provider_named


class UnknownProvider(Exception):
    """There is no provider of this name."""


class Command(PanelCommand):
    """`reconcile [PROVIDER]`: exits with 1 where a balance is not explained, or not told."""

    help = "Asks the providers for our balance there and compares it with our orders' cost since the last look"
    refusals = (UnknownProvider,)

    def declare(self, parser: ArgumentParser) -> None:
        """Take one provider's name; without it, every active one is asked."""
        parser.add_argument("provider", nargs="?", help="the provider's name; without it, every active one")

    def answer(self, given: Given) -> Answer:
        """Look at each."""
        done = reconcile(_chosen(given["provider"]))
        well = all(each.row is not None and not drifts(each.row) for each in done)
        data = {"well": well, "providers": [_told(each) for each in done]}
        return Answer("\n".join(map(_line, done)) or "There is no active provider.", data, well=well)


def _chosen(name: str | None) -> list[Provider]:
    if name is None:
        return list(Provider.objects.filter(active=True))
    provider = provider_named(name)
    if provider is None:
        raise UnknownProvider(f"there is no provider named {name!r}: the admin lists them")
    return [provider]


def _line(done: Reconciled) -> str:
    row = done.row
    if row is None:
        return f"{done.name}: {done.problem}"
    verdict = "NOT EXPLAINED" if drifts(row) else "explained"
    return (
        f"{done.name}: balance {wire(row.balance)} {row.currency}, our orders cost {wire(row.spent)}, "
        f"paid in {wire(row.topped_up)}, unknown {wire(row.unknown)}, drift {wire(row.drift)}: {verdict}"
    )


def _told(done: Reconciled) -> dict[str, Any]:
    row = done.row
    if row is None:
        return {"name": done.name, "problem": done.problem}
    amounts = ("balance", "cost", "spent", "topped_up", "unknown", "drift")
    told = {name: wire(getattr(row, name)) for name in amounts}
    return {"name": done.name, "currency": row.currency, **told, "explained": not drifts(row)}
