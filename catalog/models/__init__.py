"""The catalogue's tables. Rates are US dollars per 1000, except a Package's: the price of one."""

from catalog.models.coupons import Coupon
from catalog.models.prices import ExchangeRate, PersonalPrice, PriceRule, PricingMode
from catalog.models.sold import LINE_TYPES, ONE_PRICE, Category, OffBecause, Service, ServiceType, Source
from catalog.models.stops import Stop
from catalog.models.syncing import OPEN, ChangeState, SyncChange

__all__ = [
    "LINE_TYPES",
    "ONE_PRICE",
    "OPEN",
    "Category",
    "ChangeState",
    "Coupon",
    "ExchangeRate",
    "OffBecause",
    "PersonalPrice",
    "PriceRule",
    "PricingMode",
    "Service",
    "ServiceType",
    "Source",
    "Stop",
    "SyncChange",
]
