"""What is sold, and where it is bought. Rates are US dollars per 1000, except a Package's: the price of one."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.prices import PricingMode
from providers.models import Provider


class ServiceType(models.TextChoices):
    """The types that can be ordered, in the protocol's exact spelling."""

    DEFAULT = "Default", _("Default")
    PACKAGE = "Package", _("Package")
    CUSTOM_COMMENTS = "Custom Comments", _("Custom Comments")
    CUSTOM_COMMENTS_PACKAGE = "Custom Comments Package", _("Custom Comments Package")
    MENTIONS = "Mentions", _("Mentions")
    MENTIONS_WITH_HASHTAGS = "Mentions with Hashtags", _("Mentions with Hashtags")
    MENTIONS_CUSTOM_LIST = "Mentions Custom List", _("Mentions Custom List")
    MENTIONS_HASHTAG = "Mentions Hashtag", _("Mentions Hashtag")
    MENTIONS_USER_FOLLOWERS = "Mentions User Followers", _("Mentions User Followers")
    MENTIONS_MEDIA_LIKERS = "Mentions Media Likers", _("Mentions Media Likers")
    COMMENT_LIKES = "Comment Likes", _("Comment Likes")
    COMMENT_REPLIES = "Comment Replies", _("Comment Replies")
    POLL = "Poll", _("Poll")
    INVITES_FROM_GROUPS = "Invites from Groups", _("Invites from Groups")
    SEO = "SEO", _("SEO")
    WEB_TRAFFIC = "Web Traffic", _("Web Traffic")
    SUBSCRIPTIONS = "Subscriptions", _("Subscriptions")


# The rate is the price of one, not of a thousand.
ONE_PRICE = frozenset({ServiceType.PACKAGE, ServiceType.CUSTOM_COMMENTS_PACKAGE})
# The quantity is counted from the lines of a parameter.
LINE_TYPES = {
    ServiceType.CUSTOM_COMMENTS: "comments",
    ServiceType.MENTIONS_CUSTOM_LIST: "usernames",
    ServiceType.COMMENT_REPLIES: "comments",
}


class Category(models.Model):
    """A heading of the catalogue."""

    name = models.CharField(max_length=200, unique=True)
    position = models.IntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something a reseller orders by its integer id."""

    id = models.AutoField(primary_key=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="services")
    name = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=40, choices=ServiceType.choices, default=ServiceType.DEFAULT)
    rate = models.DecimalField(max_digits=20, decimal_places=8, help_text="USD per 1000; for a Package, per one")
    pricing_mode = models.CharField(
        max_length=16,
        choices=PricingMode.choices,
        default=PricingMode.FIXED,
        blank=True,
        help_text="how the rate follows from the cost; empty: by the category's rule, else the provider's",
    )
    pricing_value = models.DecimalField(
        max_digits=20, decimal_places=8, null=True, blank=True, help_text="percent, or USD, by the mode"
    )
    min = models.PositiveIntegerField()
    max = models.PositiveIntegerField()
    refill = models.BooleanField(default=False)
    refill_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="how long after its end an order may be refilled; empty: for ever"
    )
    refill_by_hand = models.BooleanField(default=False, help_text="the operator decides on refills, not the provider")
    cancel = models.BooleanField(default=False)
    dripfeed = models.BooleanField(default=False)
    average_time = models.PositiveIntegerField(null=True, blank=True, help_text="minutes")
    active = models.BooleanField(default=True)
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ["category__position", "category_id", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min__lte=F("max")),
                name="service_min_not_above_max",
                violation_error_message="The minimum cannot be above the maximum.",
            ),
            models.CheckConstraint(
                condition=Q(min__gte=1),
                name="service_min_positive",
                violation_error_message="The minimum is at least 1.",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0),
                name="service_rate_not_negative",
                violation_error_message="The rate cannot be negative.",
            ),
            models.CheckConstraint(condition=Q(type__in=ServiceType.values), name="service_type_valid"),
            models.CheckConstraint(
                condition=Q(pricing_mode__in=["", *PricingMode.values]), name="service_pricing_mode_valid"
            ),
            models.CheckConstraint(
                condition=Q(pricing_mode__in=["", PricingMode.FIXED], pricing_value__isnull=True)
                | Q(pricing_mode__in=[PricingMode.MARKUP, PricingMode.AMOUNT], pricing_value__isnull=False),
                name="service_pricing_value_where_the_mode_needs_one",
                violation_error_message="A markup and an amount need a value; a fixed or inherited price has none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class OffBecause(models.TextChoices):
    """Why the catalogue sync has switched a source off, until it switches it on again or the operator does."""

    GONE = "gone", _("no longer on the provider's list")
    PRICE = "price", _("sold below the margin floor")
    TYPE = "type", _("of another type at the provider")


class Source(models.Model):
    """Where a service is bought: one provider's service of its own id."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="sources", db_index=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="sources")
    remote_id = models.CharField(max_length=64)
    priority = models.IntegerField(default=1, help_text="the lowest is asked first")
    cost = models.DecimalField(max_digits=20, decimal_places=8, help_text="the provider's rate, in its currency")
    currency = models.CharField(max_length=8, default="USD")
    own_dripfeed = models.BooleanField(
        default=False, help_text="the provider delivers in runs itself: it is told runs and interval, once"
    )
    active = models.BooleanField(default=True)
    off_because = models.CharField(
        max_length=8,
        choices=OffBecause.choices,
        blank=True,
        editable=False,
        help_text="why the sync switched it off; empty: it did not",
    )
    seen = models.JSONField(default=dict, help_text="what the provider last said, and what was made of it")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["priority", "id"]
        constraints = [
            models.UniqueConstraint(fields=["service", "provider", "remote_id"], name="source_unique"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="source_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(off_because="") | Q(off_because__in=OffBecause.values, active=False),
                name="source_off_because_only_while_off",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.remote_id}"
