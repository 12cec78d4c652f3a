"""Every write of the catalogue: importing a provider's list, and the operator's own edits."""

from catalog.operations.coupons import add_coupon, change_coupon, switch_off_coupon
from catalog.operations.editing import (
    add_category,
    add_service,
    add_source,
    change_category,
    change_service,
    change_source,
)
from catalog.operations.exchange import (
    ExchangeRateInUse,
    add_exchange_rate,
    change_exchange_rate,
    remove_exchange_rate,
)
from catalog.operations.importing import ImportRefused, import_services
from catalog.operations.personal_prices import add_personal_price, change_personal_price, remove_personal_price
from catalog.operations.pricing_rules import add_price_rule, change_price_rule, remove_price_rule
from catalog.operations.repricing import Repriced, reprice
from catalog.operations.stopping import change_stop, resume_orders, stop_orders

__all__ = [
    "ExchangeRateInUse",
    "ImportRefused",
    "Repriced",
    "add_category",
    "add_coupon",
    "add_exchange_rate",
    "add_personal_price",
    "add_price_rule",
    "add_service",
    "add_source",
    "change_category",
    "change_coupon",
    "change_exchange_rate",
    "change_personal_price",
    "change_price_rule",
    "change_service",
    "change_source",
    "change_stop",
    "import_services",
    "remove_exchange_rate",
    "remove_personal_price",
    "remove_price_rule",
    "reprice",
    "resume_orders",
    "stop_orders",
    "switch_off_coupon",
]
