"""Upstream panels: where they are, the key we have there, and how they are doing."""

from django.db import models
from django.db.models import Q

# What it fails at: only the same thing, done well, says that it works again.
FAILING_AT = [("add", "taking orders"), ("status", "saying how they are"), ("balance", "saying our balance")]
DIALECTS = [("classic", "classic (API v2 of other panels)"), ("standard", "standard (NotPanel API v2)")]


class Provider(models.Model):
    """A panel we buy from. Its key is kept encrypted and is never shown again."""

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField("URL", max_length=500, help_text="the address of its API, such as https://…/api/v2")
    key_encrypted = models.TextField(editable=False)
    dialect = models.CharField(
        max_length=16,
        choices=DIALECTS,
        default="classic",
        help_text="NotPanel: it remembers each order's request_id, so that one whose answer was lost is sent again",
    )
    # Rises with its URL, key or dialect: what was sent before is known, if at all, to another account.
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    currency = models.CharField(max_length=8, default="USD", editable=False)
    active = models.BooleanField(default=True, help_text="a paused provider is sent no new orders")
    calls_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="how many calls it takes from us; empty: as many as there are"
    )
    next_call_at = models.DateTimeField(null=True, editable=False)  # when its pace has room again
    low_balance = models.DecimalField(
        max_digits=20,
        decimal_places=8,
        null=True,
        blank=True,
        help_text="in its currency; below it the operator is told. Empty: never",
    )
    last_balance = models.DecimalField(max_digits=20, decimal_places=8, null=True, editable=False)
    balance_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    failure = models.CharField(max_length=500, blank=True, editable=False)
    failing_at = models.CharField(max_length=8, blank=True, editable=False, choices=FAILING_AT)
    unknown_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    ask_again_at = models.DateTimeField(null=True, editable=False)  # when it is next sent an order
    ask_status_again_at = models.DateTimeField(null=True, editable=False)  # … and next asked how orders are

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="provider_has_a_name"),
            models.CheckConstraint(condition=~Q(key_encrypted=""), name="provider_has_a_key"),
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^/]"), name="provider_url_is_http"),
            models.CheckConstraint(
                condition=Q(dialect__in=[name for name, _ in DIALECTS]), name="provider_dialect_valid"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="provider_version_positive"),
            models.CheckConstraint(
                condition=Q(calls_per_minute__isnull=True) | Q(calls_per_minute__gt=0),
                name="provider_calls_per_minute_positive",
            ),
            models.CheckConstraint(
                condition=Q(last_balance__isnull=True, balance_at__isnull=True)
                | Q(last_balance__isnull=False, balance_at__isnull=False),
                name="provider_balance_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(failing_since__isnull=True, failure="", failing_at="")
                | (Q(failing_since__isnull=False) & ~Q(failure="") & ~Q(failing_at="")),
                name="provider_failing_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BalanceReading(models.Model):
    """What a provider said we had there at one moment, in its currency."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="readings", db_index=False)
    balance = models.DecimalField(max_digits=20, decimal_places=8)
    currency = models.CharField(max_length=8, default="USD")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["provider", "at"], name="balance_reading_by_time")]

    def __str__(self) -> str:
        return f"{self.balance:f} {self.currency}"
