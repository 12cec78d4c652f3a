"""Reseller → panel A → panel B → demo provider, with calls broken on every link: bought once, and the books agree.

`ORDERS=500 SEED=7 .venv/bin/python -m pytest -n 0 -s tests/chain/buying_through.py` orders more, and prints the tables.
"""

from collections import Counter
from decimal import Decimal

import pytest

from providers.demo.book import OPENING_BALANCE
from tests.chain.books import Lines, compare
from tests.chain.chain import MONEY, ORDERS, Chain, running_chain
from tests.chain.link import Fate
from tests.resilience.panels import post

pytestmark = pytest.mark.xdist_group("whole panels")


@pytest.fixture(scope="module")
def chain():
    """Return the chain after the load, at rest, with every link whole again."""
    with running_chain() as chain:
        chain.load()
        chain.wait_for_rest()
        yield chain


def by(dialect: str, lines: Lines) -> Lines:
    """Return the lines of the orders that were placed by one of A's links to B."""
    return {link: line for link, line in lines.items() if f"/{dialect}/" in link}


def test_on_the_standard_link_nothing_is_unknown_lost_or_bought_twice(chain):
    orders = everything_is_in_its_place(chain, "standard")
    assert not any("unknown" in each for each in orders)
    repeated = [calls for calls in chain.links["A to B, standard"].added().values() if len(calls) > 1]
    assert repeated
    for calls in repeated:
        assert len({call.form["request_id"] for call in calls}) == 1


def test_on_the_classic_link_nothing_is_bought_twice_and_what_differs_is_listed(chain):
    orders = everything_is_in_its_place(chain, "classic")
    assert orders["processing, unknown"] > 0
    for link in ("A to B, classic", "B to demo"):  # what may have been placed is not sent again
        assert max(len(calls) for calls in chain.links[link].added().values()) == 1


def test_the_demo_provider_was_paid_what_the_books_of_panel_b_say(chain):
    b = chain.b
    assert paid(b.provider_url, b.provider_key, str(OPENING_BALANCE)) == explained(chain.at_b, chain.at_demo)


@pytest.mark.parametrize("panel", ["a", "b"])
def test_each_panel_proves_its_books_and_lists_what_is_unknown(chain, panel):
    audit, doctor = getattr(chain, panel).operate(["audit_books"], ["doctor"])
    lines = getattr(chain, f"at_{panel}")
    assert (audit["agree"], audit["orders"]) == (True, len(lines))
    assert (audit["broken_wallets"], audit["broken_orders"], audit["stray_entries"]) == ([], [], [])
    unknown = sum(line.state == "unknown" for line in lines.values())
    (told,) = [part["problem"] for part in doctor["parts"] if part["name"] == "unknown purchases"]
    assert told.startswith(f"{unknown} purchases are unknown")


def everything_is_in_its_place(chain: Chain, dialect: str) -> Counter[str]:
    """Fail where an order of this link is lost, bought twice or not in the books; return how A's stand, counted."""
    assert chain.reseller.surprises == []
    sent = {form["link"] for form in chain.reseller.sent.values() if f"/{dialect}/" in form["link"]}
    at_a, at_b, at_demo = (by(dialect, lines) for lines in (chain.at_a, chain.at_b, chain.at_demo))
    assert at_a.keys() == sent
    assert len(sent) == ORDERS
    assert at_b.keys() <= at_a.keys()
    assert at_demo.keys() <= at_b.keys()
    counts = compare(at_a, at_b)
    below = compare(at_b, at_demo)
    assert paid(f"http://127.0.0.1:{chain.b.port}", chain.keys[dialect], MONEY) == explained(at_a, at_b)
    tell(chain, dialect, counts, below)
    assert {"completed, done", "partial, done", "canceled, done"} <= counts.keys()
    strikes = {fate for (action, fate) in chain.links[f"A to B, {dialect}"].counts() if action == "add"}
    assert strikes == set(Fate)
    return counts


def paid(url: str, key: str, deposited: str) -> Decimal:
    """Return what a buyer's balance at a seller has fallen by."""
    return Decimal(deposited) - Decimal(post(f"{url}/api/v2", {"key": key, "action": "balance"}).json["balance"])


def explained(bought: Lines, sold: Lines) -> Decimal:
    """Return what a buyer's books say was paid, and what the seller has of the purchases that he lists as unknown."""
    known = sum((line.cost or Decimal(0) for line in bought.values() if line.provider_order_id), Decimal(0))
    return known + sum((line.kept for link, line in sold.items() if bought[link].state == "unknown"), Decimal(0))


def tell(chain: Chain, dialect: str, bought: Counter[str], sold: Counter[str]) -> None:
    """Print what a run came to."""
    print(f"\nA to B, {dialect}: {ORDERS} orders; {chain.reseller.asked_again} requests of resellers were repeated")
    for title, counts in (("A's orders and purchases", bought), ("B's", sold)):
        print(f"  {title}: " + "; ".join(f"{count} {each}" for each, count in sorted(counts.items())))
    for name in ("reseller to A", f"A to B, {dialect}", "B to demo"):
        told = chain.links[name].counts()
        print(f"  {name}:")
        for action in sorted({action for action, _ in told}):
            fates = ", ".join(f"{told[action, fate]} {fate}" for fate in Fate if told[action, fate])
            print(f"    {action}: {fates}")
