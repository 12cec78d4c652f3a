"""Price rules: what a category's or a provider's services are sold for, where they have no price of their own."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog.models import PriceRule, Service, Source
from catalog.operations import rows
from catalog.operations.repricing import Repriced, reprice


def add_price_rule(*, actor: str, **fields: Any) -> PriceRule:
    """Set the price of every service of a category, or bought first at a provider, that has none of its own.

    :raises ValidationError: where a field cannot be kept, or there is a rule already.
    """
    with transaction.atomic():
        rule = PriceRule(**fields)
        rows.add(rule, actor, about=_about(rule))
        _reprice(rule, actor, "a price rule was added")
    return rule


def change_price_rule(*, price_rule_id: int, actor: str, **changes: Any) -> PriceRule:
    """Change a rule's mode or value, and the rates that follow from it.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    with transaction.atomic():
        about = _about(rows.locked(PriceRule, price_rule_id))
        rule = rows.change(PriceRule, price_rule_id, actor, changes, about=about)
        _reprice(rule, actor, "its price rule was changed")
    return rule


def remove_price_rule(*, price_rule_id: int, actor: str, reason: str) -> None:
    """Remove a rule: its services are sold by the next rule there is, or else stay at the rate they have."""
    with transaction.atomic():
        rule = rows.locked(PriceRule, price_rule_id)
        services = _services(rule)
        rows.remove(rule, actor, reason, about=_about(rule))
        reprice(service_ids=services, actor=actor, reason="its price rule was removed")


def _reprice(rule: PriceRule, actor: str, reason: str) -> Repriced:
    return reprice(service_ids=_services(rule), actor=actor, reason=reason)


def _services(rule: PriceRule) -> list[int]:
    inheriting = Service.objects.filter(pricing_mode="")
    if rule.category_id is not None:
        inheriting = inheriting.filter(category=rule.category_id)
    else:
        at = Source.objects.filter(service=OuterRef("pk"), provider=rule.provider_id, active=True)
        inheriting = inheriting.filter(Exists(at))
    return list(inheriting.order_by("id").values_list("id", flat=True))


def _about(rule: PriceRule) -> rows.About:
    if rule.category_id is not None:
        return ("category", rule.category_id)
    return ("provider", rule.provider_id or 0)
