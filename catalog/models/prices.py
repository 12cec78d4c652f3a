"""How prices are made: rules, personal prices and the operator's exchange rates."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from providers.models import Provider


class PricingMode(models.TextChoices):
    """How a service's rate follows from what it costs us."""

    FIXED = "fixed", _("a fixed rate")
    MARKUP = "markup", _("cost and a markup in percent")
    AMOUNT = "amount", _("cost and an amount in USD")


class PriceRule(models.Model):
    """The price of every service of a category, or bought first at a provider, that has none of its own."""

    category = models.OneToOneField(
        "catalog.Category", on_delete=models.CASCADE, null=True, blank=True, related_name="price_rule"
    )
    provider = models.OneToOneField(
        Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="price_rule"
    )
    mode = models.CharField(
        max_length=16, choices=[(mode.value, mode.label) for mode in (PricingMode.MARKUP, PricingMode.AMOUNT)]
    )
    value = models.DecimalField(max_digits=20, decimal_places=8, help_text="percent, or USD, by the mode")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category__isnull=True) ^ Q(provider__isnull=True),
                name="price_rule_category_or_provider",
                violation_error_message="A rule is a category's or a provider's.",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="price_rule_value_not_negative",
                violation_error_message="A markup and an amount cannot be negative.",
            ),
            models.CheckConstraint(condition=Q(mode__in=["markup", "amount"]), name="price_rule_mode_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.category or self.provider}: {self.get_mode_display()} {self.value:f}"


class ExchangeRate(models.Model):
    """What one unit of a provider's currency is worth, by the operator's word."""

    currency = models.CharField(max_length=8, primary_key=True)
    usd = models.DecimalField(max_digits=20, decimal_places=8, help_text="USD for one unit")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.CheckConstraint(
                condition=Q(usd__gt=0),
                name="exchange_rate_positive",
                violation_error_message="An exchange rate is above 0.",
            ),
            models.CheckConstraint(
                condition=~Q(currency="USD"),
                name="exchange_rate_not_of_usd",
                violation_error_message="USD needs no exchange rate: everything is counted in it.",
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.usd:f} USD"


class PersonalPrice(models.Model):
    """What one account pays in place of its tier's price: a rate for one service, or a discount there or everywhere."""

    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_prices", db_index=False)
    service = models.ForeignKey(
        "catalog.Service", on_delete=models.CASCADE, null=True, blank=True, related_name="personal_prices"
    )
    rate = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True, help_text="USD per 1000")
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        ordering = ["account_id", "service_id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "service"], nulls_distinct=False, name="personal_price_unique"),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) ^ Q(discount_percent__isnull=True),
                name="personal_price_rate_or_discount",
                violation_error_message="Give a rate or a discount, not both.",
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(service__isnull=False),
                name="personal_price_rate_is_of_a_service",
                violation_error_message="A rate is the price of one service; a discount may be for all.",
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(rate__gte=0),
                name="personal_price_rate_not_negative",
                violation_error_message="The rate cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__isnull=True) | Q(discount_percent__gte=0, discount_percent__lte=100),
                name="personal_price_discount_percent",
                violation_error_message="A discount is from 0 to 100 percent.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.service or 'everything'}"
