"""Compares what providers list with what is bought there: what changed, what was done about it, what waits."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from catalog import telling_changes
from catalog.operations.syncing import Synced, SyncRefused, sync_services
from kit.commands import Answer, Given, PanelCommand
from providers.models import Provider
from providers.queries import provider_named

SHOWN = 10  # of each kind; --json prints all


class Command(PanelCommand):
    """`sync_services [PROVIDER…]`: shows what a sync would do; with --apply it does what the clock does."""

    help = "Compares providers' lists with the catalogue and shows the difference; --apply acts on it by the policy."
    refusals = (SyncRefused,)

    def declare(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("provider", nargs="*", help="the providers' names; left out, every active one")
        parser.add_argument("--apply", action="store_true", help="do it: left out, it is only shown")
        parser.add_argument(
            "--trust-list", action="store_true", help="go by a list even though most of what was there is not on it"
        )

    def answer(self, given: Given) -> Answer:
        """Compare, and say what came of it."""
        done: list[Synced] = []
        problems: list[dict[str, str]] = []
        for provider in _providers(given["provider"]):
            try:
                done.append(self._sync(provider, given))
            except SyncRefused as error:
                problems.append({"provider": provider.name, "problem": str(error)})
        text = [_text(each, applied=given["apply"]) for each in done] + [each["problem"] for each in problems]
        data = {"applied": given["apply"], "providers": [telling_changes.data(each) for each in done]}
        return Answer("\n".join(text) or "There is no active provider.", {**data, "problems": problems}, not problems)

    def _sync(self, provider: Provider, given: Given) -> Synced:
        with tqdm(desc=provider.name, unit="", file=self.stderr, disable=None) as bar:

            def show(done: int, of: int) -> None:
                bar.total = of
                bar.update(done - bar.n)

            return sync_services(
                provider=provider,
                dry=not given["apply"],
                trust=given["trust_list"],
                actor="sync_services",
                progress=show,
            )


def _providers(names: Sequence[str]) -> list[Provider]:
    if not names:
        return list(Provider.objects.filter(active=True))
    found = {name: provider_named(name) for name in names}
    missing = [name for name, provider in found.items() if provider is None]
    if missing:
        raise SyncRefused(f"There is no provider named {missing[0]!r}. Nothing was changed.")
    return [provider for provider in found.values() if provider is not None]


def _text(synced: Synced, *, applied: bool) -> str:
    sections = telling_changes.sections(synced, applied=applied)
    return "\n".join([telling_changes.headline(synced, applied=applied), *(_listed(*each) for each in sections)])


def _listed(title: str, lines: Sequence[Any]) -> str:
    more = [f"  … and {len(lines) - SHOWN} more; --json lists all"] if len(lines) > SHOWN else []
    return "\n".join([f"{title} ({len(lines)}):", *(f"  {line}" for line in lines[:SHOWN]), *more])
