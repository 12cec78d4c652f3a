"""The tables on an unknown purchase's page."""

from decimal import Decimal

from kit.screens import Table, dollars, link, moment
from orders.evidence import Balances, balances, similar
from orders.models import Purchase
from providers.models import BalanceReading


def tables(purchase: Purchase) -> list[Table]:
    """Return what was sent, what the balance says, and orders like it."""
    return [_sent(purchase), _balance(balances(purchase)), _similar(purchase)]


def _sent(purchase: Purchase) -> Table:
    rows = [[name, value] for name, value in purchase.sent.items()]
    return Table(title="What was sent", headers=["Parameter", "Value"], rows=rows or [["nothing", ""]])


def _balance(told: Balances) -> Table:
    rows: list[list[object]] = [
        ["before", _read(told.before), _at(told.before)],
        ["after", _read(told.after), _at(told.after)],
        ["our other orders in between", dollars(told.others), ""],
        ["your top-ups in between", dollars(told.topped_up), ""],
        ["not explained", _or_nothing(told.unexplained), ""],
    ]
    return Table(title=f"The provider's balance. {told.verdict}", headers=["", "Amount", "At"], rows=rows)


def _similar(purchase: Purchase) -> Table:
    return Table(
        title="Orders like it at the provider: the same link, or the same quantity within ten minutes",
        headers=["Order", "Purchase", "State", "Its id there", "Quantity", "Link", "Sent at"],
        rows=[
            [
                link(each.order, "orders_order_change", each.order_id),
                link(each.pk, "orders_purchase_change", each.pk),
                each.state,
                each.provider_order_id or "",
                each.quantity,
                each.order.link,
                moment(each.claimed_at),
            ]
            for each in similar(purchase)
        ],
    )


def _read(reading: BalanceReading | None) -> str:
    return "not read" if reading is None else f"{dollars(reading.balance)} {reading.currency}"


def _at(reading: BalanceReading | None) -> str:
    return "" if reading is None else moment(reading.at)


def _or_nothing(amount: Decimal | None) -> str:
    return "not known" if amount is None else dollars(amount)
