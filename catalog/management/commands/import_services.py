"""Imports a provider's services into the catalogue, and brings those imported before up to date."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from tqdm import tqdm

from catalog import remote_ids
from catalog.operations.importing import Imported, ImportRefused, import_services
from kit import money
from kit.commands import Answer, Given, PanelCommand
from providers.queries import provider_named

SHOWN = 10  # of each kind; --json prints all


class Command(PanelCommand):
    """`import_services PROVIDER`: what the operator has edited stays; it may be interrupted and run again."""

    help = "Imports a provider's services: creates new ones, updates the others, keeps what you have edited."
    refusals = (ImportRefused, money.NotMoney, remote_ids.NotIds)

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("provider", help="the provider's name")
        parser.add_argument(
            "--markup",
            metavar="PERCENT",
            help="added to what the provider takes; left out, each service keeps its price rule, and new ones follow "
            "the rule of their category or of the provider, or else the markup of the last import",
        )
        parser.add_argument("--ids", help="the provider's ids to import, such as 1,2,5-9; left out, all of them")

    def answer(self, given: Given) -> Answer:
        """Import, and say what came of it."""
        provider = provider_named(given["provider"])
        if provider is None:
            raise ImportRefused(f"There is no provider named {given['provider']!r}: add it with add_provider.")
        markup = None if given["markup"] is None else money.parsed(given["markup"].rstrip("%"))
        wanted = None if given["ids"] is None else remote_ids.parsed(given["ids"])
        with tqdm(desc="services", unit="", file=self.stderr, disable=None) as bar:

            def show(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            imported = import_services(
                provider=provider, markup=markup, wanted=wanted, actor="import_services", progress=show
            )
        return Answer(text=_text(provider.name, imported), data=_data(provider.name, imported))


def _data(provider: str, imported: Imported) -> dict[str, Any]:
    lists = {name: [asdict(each) for each in getattr(imported, name)] for name in ("kept", "skipped", "gone", "off")}
    counts = {name: getattr(imported, name) for name in ("created", "updated", "unchanged")}
    return {"provider": provider, **counts, **lists}


def _text(provider: str, imported: Imported) -> str:
    parts = [
        f"{provider}: {imported.created} services created, {imported.updated} updated, {imported.unchanged} unchanged.",
        *_listed(
            "Your edits were kept", [f"service {each.service_id}: {', '.join(each.fields)}" for each in imported.kept]
        ),
        *_listed(
            "Skipped",
            [f"{' '.join(filter(None, [row.remote_id, row.name]))}: {row.reason}" for row in imported.skipped],
        ),
        *_listed(
            "Switched off, for they would sell below MARGIN_FLOOR",
            [f"service {off.service_id} {off.name}: sells at {off.rate} USD, costs {off.cost}" for off in imported.off],
        ),
        *_listed(
            "No longer listed, and left as they are",
            [f"service {each.service_id} {each.name} ({each.remote_id} there)" for each in imported.gone],
        ),
    ]
    return "\n".join(parts)


def _listed(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - SHOWN} more; --json lists all"] if len(lines) > SHOWN else []
    return [f"{title} ({len(lines)}):", *(f"  {line}" for line in lines[:SHOWN]), *more]
