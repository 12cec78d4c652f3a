"""Proves the books: every wallet against its entries, and the entries against what caused them."""

from kit.commands import Answer, Given, PanelCommand
from notpanel.books import Proof, prove


class Command(PanelCommand):
    """`audit_books`: exits with 1 and names what does not agree; changes nothing and stops nobody."""

    help = "Proves every wallet by its entries, and the entries by orders and deposits, in one snapshot."

    def answer(self, given: Given) -> Answer:
        """Run both proofs."""
        return _answer(prove())


def _answer(proof: Proof) -> Answer:
    verdict = "agree" if proof.agree else "do not agree"
    lines = [f"The books {verdict}: {proof.wallets} wallets and {proof.orders} orders looked at.", *proof.problems]
    data = {
        "agree": proof.agree,
        "wallets": proof.wallets,
        "orders": proof.orders,
        "broken_wallets": [{"account": each.account_id, "problem": each.problem} for each in proof.broken_wallets],
        "broken_orders": [
            {"order": each.order_id, "account": each.account_id, "problem": each.problem}
            for each in proof.broken_orders
        ],
        "stray_entries": proof.stray_entries,
    }
    return Answer("\n".join(lines), data, well=proof.agree)
