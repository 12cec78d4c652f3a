"""The operator's screens of the catalogue; every edit is an operation that writes down what was changed."""

from catalog.admin.categories import CategoryAdmin
from catalog.admin.coupons import CouponAdmin
from catalog.admin.exchange import ExchangeRateAdmin
from catalog.admin.personal_prices import PersonalPriceAdmin
from catalog.admin.pricing_rules import PriceRuleAdmin
from catalog.admin.screens import CatalogScreen
from catalog.admin.services import ServiceAdmin
from catalog.admin.sources import SourceAdmin
from catalog.admin.stops import StopAdmin
from catalog.admin.syncing import SyncChangeAdmin

__all__ = [
    "CatalogScreen",
    "CategoryAdmin",
    "CouponAdmin",
    "ExchangeRateAdmin",
    "PersonalPriceAdmin",
    "PriceRuleAdmin",
    "ServiceAdmin",
    "SourceAdmin",
    "StopAdmin",
    "SyncChangeAdmin",
]
