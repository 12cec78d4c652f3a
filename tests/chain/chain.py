"""The chain: a reseller's program, panel A, panel B, the demo provider, and links that break calls between them."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.chain.books import Line, Lines, lines_of, lines_of_demo
from tests.chain.link import Fate, Link
from tests.chain.panels import Buyer, Seller
from tests.chain.reseller import Reseller

ORDERS = int(os.environ.get("ORDERS", "32"))  # on each link
SEED = os.environ.get("SEED", "1")
DEMO = "Demo, by a link"
DIALECTS = ("standard", "classic")
BOUGHT = "1,2,5,101,102,107"  # of the demo provider's services
MIX = ("1", "101", "5", "2", "107", "101", "102", "1")
CANCELED = {"1", "2"}
MONEY = "10000"
DELIVERY_SECONDS = 2
REST_SECONDS = 120 + 2 * ORDERS
LOOK_EVERY = 0.3
UNDER_WAY = {"queued", "submitting", "placed"}
LINES_TOLD = 150
SHOWN = 5
# Between two sendings of the same order lie 15 s at first and minutes later: that time is let pass.
SOONER = "UPDATE orders_purchase SET resend_at = now() WHERE resend_at > now() RETURNING id"


@dataclass
class Chain:
    """All of it while it runs."""

    a: Buyer
    b: Seller
    links: dict[str, Link]
    reseller: Reseller
    keys: dict[str, str]  # A's at B, by dialect

    def load(self) -> None:
        """Have the reseller order by both links at once, and cancel some of it."""
        for link in self.links.values():
            link.faulty = True
        with ThreadPoolExecutor(len(DIALECTS)) as threads:
            list(threads.map(self._order, DIALECTS))

    def _order(self, dialect: str) -> None:
        sold = self.a.sold(f"B, {dialect}")
        there = self.b.sold(DEMO)
        services = {remote_id: sold[str(there[remote_id])] for remote_id in there}
        cancelable = {services[each] for each in CANCELED}
        self.reseller.order(dialect, [services[each] for each in MIX], ORDERS, cancel=cancelable)

    def wait_for_rest(self) -> None:
        """Return once nothing moves any more but by an operator's hand."""
        deadline = time.monotonic() + REST_SECONDS
        while left := self._at_work():
            self.a.rows(SOONER)
            assert time.monotonic() < deadline, f"after {REST_SECONDS} s there are still {len(left)}: {left[:SHOWN]}"
            time.sleep(LOOK_EVERY)
        for link in self.links.values():
            link.faulty = False

    def _at_work(self) -> list[Line]:
        # From above: what one has not sent by now, nobody below him gets any more.
        at_a, at_b, at_demo = lines_of(self.a), lines_of(self.b), lines_of_demo(self.b)
        left = [line for line in at_a.values() if _moves(line, at_b)]
        left += [line for line in at_b.values() if line.state in UNDER_WAY]
        return left + [line for line in at_demo.values() if line.state in UNDER_WAY]

    @cached_property
    def at_a(self) -> Lines:
        """Return A's books once all is at rest."""
        return lines_of(self.a)

    @cached_property
    def at_b(self) -> Lines:
        """Return B's."""
        return lines_of(self.b)

    @cached_property
    def at_demo(self) -> Lines:
        """Return the demo provider's."""
        return lines_of_demo(self.b)


def _moves(line: Line, below: Lines) -> bool:
    if line.state == "placed":
        return line.link not in below or below[line.link].state != "unknown"
    # What is unknown is repeated where the provider knows what was asked before.
    return line.state in UNDER_WAY or (line.state == "unknown" and "standard" in line.provider)


@contextmanager
def running_chain() -> Iterator[Chain]:
    """Run the chain for the block, and leave nothing of it."""
    with ExitStack() as until_the_end:
        a, b = until_the_end.enter_context(_running(Buyer, Seller))
        api = {panel: f"http://127.0.0.1:{panel.port}/api/v2" for panel in (a, b)}
        links = {
            "reseller to A": Link(api[a], f"{SEED} a", (Fate.RESET_AFTER, Fate.BROKEN_BEFORE), 12, faulty=False),
            **{f"A to B, {dialect}": Link(api[b], f"{SEED} {dialect}", faulty=False) for dialect in DIALECTS},
            "B to demo": Link(f"{b.provider_url}/api/v2", f"{SEED} demo", adds=40, faulty=False),
        }
        for link in links.values():
            until_the_end.enter_context(link)
        keys = _open_shop(b, links["B to demo"])
        key = _open_resale(a, b, links, keys)
        yield Chain(a, b, links, Reseller(links["reseller to A"].url, key), keys)


@contextmanager
def _running(*kinds: type[Seller]) -> Iterator[list[Any]]:
    """Start panels side by side, and stop them side by side."""
    folders = [Path(tempfile.mkdtemp(prefix="np-")) for _ in kinds]
    panels = [kind(folder) for kind, folder in zip(kinds, folders, strict=True)]
    with ThreadPoolExecutor(len(panels)) as threads:
        try:
            list(threads.map(lambda panel: panel.start(), panels))
            yield panels
        except BaseException:
            for panel in panels:
                print(*panel.output.splitlines()[-LINES_TOLD:], sep="\n")
            raise
        finally:
            list(threads.map(_end, panels))
            for folder in folders:
                shutil.rmtree(folder)


def _end(panel: Seller) -> None:
    if hasattr(panel, "process") and panel.process.poll() is None:
        panel.end(signal.SIGTERM)


def _open_shop(b: Seller, link: Link) -> dict[str, str]:
    """Have B sell what it buys from the demo provider; return A's keys there."""
    b.tell_provider(delivery_seconds=DELIVERY_SECONDS)
    *_, standard, classic = b.operate(
        ["add_provider", DEMO, link.url, b.provider_key],
        ["import_services", DEMO, "--markup", "50", "--ids", BOUGHT],
        ["create_reseller", "standard@a.example", "--deposit", MONEY],
        ["create_reseller", "classic@a.example", "--deposit", MONEY, "--dialect", "classic"],
    )
    return {"standard": standard["api_key"], "classic": classic["api_key"]}


def _open_resale(a: Buyer, b: Seller, links: dict[str, Link], keys: dict[str, str]) -> str:
    """Have A sell what it buys from B, by each link; return a reseller's key."""
    wanted = ",".join(str(service) for service in b.sold(DEMO).values())
    commands = []
    for dialect, key in keys.items():
        name = f"B, {dialect}"
        commands.append(["add_provider", name, links[f"A to {name}"].url, key, "--dialect", dialect])
        commands.append(["import_services", name, "--markup", "20", "--ids", wanted])
    *_, made = a.operate(*commands, ["create_reseller", "alice@example.com", "--deposit", MONEY])
    return str(made["api_key"])
