"""Personal prices: what one account pays in place of its tier's price."""

from typing import Any

from django.db import transaction

from catalog.models import PersonalPrice
from catalog.operations import rows


def add_personal_price(*, actor: str, **fields: Any) -> PersonalPrice:
    """Agree on a rate for one service, or on a discount for one or for all; it counts from the next order on.

    :raises ValidationError: where a field cannot be kept, or the account has one there already.
    """
    price = PersonalPrice(**fields)
    return rows.add(price, actor, about=_about(price))


def change_personal_price(*, personal_price_id: int, actor: str, **changes: Any) -> PersonalPrice:
    """Change a rate or a discount; orders that are placed keep what they were placed with.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    with transaction.atomic():
        about = _about(rows.locked(PersonalPrice, personal_price_id))
        return rows.change(PersonalPrice, personal_price_id, actor, changes, about=about)


def remove_personal_price(*, personal_price_id: int, actor: str, reason: str) -> None:
    """End the agreement: the account pays what its tier pays again."""
    with transaction.atomic():
        price = rows.locked(PersonalPrice, personal_price_id)
        rows.remove(price, actor, reason, about=_about(price))


def _about(price: PersonalPrice) -> rows.About:
    return ("account", price.account_id)
