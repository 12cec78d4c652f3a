"""Proves the books: every wallet against its entries, and the entries against what caused them."""

from django.db import connection, transaction

import accounts.queries
import orders.queries
import wallets.queries
from kit.commands import Answer, Given, PanelCommand
from orders.models import Order
from orders.queries import BrokenOrder
from wallets.queries import BrokenWallet

# What is compared is one moment's: money that moves meanwhile is in both sides or in neither.
ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class Command(PanelCommand):
    """`audit_books`: exits with 1 and names what does not agree; changes nothing and stops nobody."""

    help = "Proves every wallet by its entries, and the entries by orders and deposits, in one snapshot."

    def answer(self, given: Given) -> Answer:
        """Run both proofs."""
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute(ONE_SNAPSHOT)
            broken_wallets = list(wallets.queries.broken_wallets())
            broken_orders = list(orders.queries.broken_orders())
            stray = [*accounts.queries.stray_deposits(), *orders.queries.stray_sales()]
            counts = {"wallets": wallets.queries.wallet_count(), "orders": Order.objects.count()}
        return _answer(counts, broken_wallets, broken_orders, stray)


def _answer(
    counts: dict[str, int], of_wallets: list[BrokenWallet], of_orders: list[BrokenOrder], stray: list[str]
) -> Answer:
    agree = not of_wallets and not of_orders and not stray
    verdict = "agree" if agree else "do not agree"
    lines = [f"The books {verdict}: {counts['wallets']} wallets and {counts['orders']} orders looked at."]
    lines += [f"wallet of account {each.account_id}: {each.problem}" for each in of_wallets]
    lines += [f"order {each.order_id} of account {each.account_id}: {each.problem}" for each in of_orders]
    lines += [f"entry {each}" for each in stray]
    data = {
        "agree": agree,
        **counts,
        "broken_wallets": [{"account": each.account_id, "problem": each.problem} for each in of_wallets],
        "broken_orders": [
            {"order": each.order_id, "account": each.account_id, "problem": each.problem} for each in of_orders
        ],
        "stray_entries": stray,
    }
    return Answer("\n".join(lines), data, well=agree)
