"""Purchases: what delivers an order."""

from django.db import models
from django.db.models import F, Q

from catalog.models import Source
from orders.models.orders import Order
from orders.states import PurchaseState
from providers.models import Provider

# Nobody knows whether it was placed; the second is being sent again at this moment.
IN_DOUBT = Q(state=PurchaseState.UNKNOWN) | Q(state=PurchaseState.SUBMITTING, resent_at__isnull=False)

# Its provider knows what it was sent by its request_id: sent again, it is there once (docs/adr/0010).
KNOWN_BY_REQUEST_ID = Q(
    sent__has_key="request_id", provider__dialect="standard", provider_version=F("provider__version")
)


class Purchase(models.Model):
    """One attempt to buy one run of an order at a provider."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    run = models.PositiveIntegerField(default=1)
    attempt = models.PositiveIntegerField(default=1)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="purchases", db_index=False)
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=PurchaseState.choices, default=PurchaseState.QUEUED)
    reported = models.CharField(max_length=16, blank=True, help_text="the status the provider last gave")
    wanted_at = models.DateTimeField(help_text="when it was first to be sent; what is held too long is told by it")
    due_at = models.DateTimeField(help_text="when it is next to be sent, or asked about")
    claimed_at = models.DateTimeField(null=True, blank=True)
    provider_order_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 -- unique where there
    cost = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    currency = models.CharField(max_length=8, default="USD")
    exchange_rate = models.DecimalField(
        max_digits=20,
        decimal_places=8,
        default=1,
        null=True,
        blank=True,
        help_text="USD for one unit of its currency, when it was sent; empty: the operator gave none",
    )
    balance_before = models.DecimalField(
        max_digits=20, decimal_places=8, null=True, blank=True, help_text="what the provider last said before it"
    )
    sent = models.JSONField(default=dict, blank=True)
    answer = models.TextField(blank=True, help_text="the provider's last words to us, up to 2 kB")
    provider_version = models.PositiveIntegerField(null=True, blank=True, editable=False)  # when it was first sent
    resend_at = models.DateTimeField(null=True, blank=True, help_text="when it is sent again by itself")
    resent_at = models.DateTimeField(null=True, blank=True, help_text="when it was last sent again by itself")
    resends = models.PositiveIntegerField(default=0, db_default=0, help_text="how often it was sent again by itself")
    start_count = models.BigIntegerField(null=True, blank=True)
    remains = models.PositiveIntegerField(null=True, blank=True)
    found_at = models.DateTimeField(null=True, blank=True, help_text="when the provider first knew its own order")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_due_at = models.DateTimeField(null=True, blank=True, help_text="when the provider is next to be asked")
    cancel_sent_at = models.DateTimeField(null=True, blank=True, help_text="when the provider took the request")
    cancel_answer = models.CharField(max_length=500, blank=True, help_text="why the provider does not cancel")

    class Meta:
        ordering = ["run", "attempt"]
        constraints = [
            models.UniqueConstraint(fields=["order", "run", "attempt"], name="purchase_unique_attempt"),
            models.UniqueConstraint(
                fields=["order", "run"],
                condition=~Q(state=PurchaseState.REFUSED),
                name="purchase_one_live_per_run",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_order_id"],
                condition=Q(provider_order_id__isnull=False),
                name="purchase_unique_at_provider",
            ),
            models.CheckConstraint(condition=Q(state__in=PurchaseState.values), name="purchase_state_valid"),
            models.CheckConstraint(
                condition=~Q(state__in=[PurchaseState.PLACED, PurchaseState.DONE]) | Q(provider_order_id__isnull=False),
                name="purchase_placed_has_provider_order_id",
            ),
            models.CheckConstraint(
                condition=Q(cancel_due_at__isnull=True) | Q(cancel_requested_at__isnull=False),
                name="purchase_cancel_due_was_requested",
            ),
            # Sent twice is only what the provider knows by its request_id, and what nobody has decided.
            models.CheckConstraint(
                condition=Q(resend_at__isnull=True)
                | Q(state=PurchaseState.UNKNOWN, provider_version__isnull=False, sent__has_key="request_id"),
                name="purchase_resent_is_unknown_and_has_a_request_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "resend_at"],
                condition=Q(resend_at__isnull=False),
                name="purchase_to_resend",
            ),
            models.Index(
                fields=["provider", "due_at"],
                condition=Q(state=PurchaseState.QUEUED),
                name="purchase_to_buy",
            ),
            models.Index(
                fields=["wanted_at"],
                condition=Q(state=PurchaseState.QUEUED),
                name="purchase_held",
            ),
            models.Index(
                fields=["provider", "due_at"],
                condition=Q(state=PurchaseState.PLACED),
                name="purchase_to_follow",
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state__in=[PurchaseState.SUBMITTING, PurchaseState.UNKNOWN]),
                name="purchase_to_decide",
            ),
            models.Index(
                fields=["claimed_at"],
                condition=Q(state=PurchaseState.PLACED, reported=""),
                name="purchase_never_found",
            ),
            models.Index(
                fields=["provider", "claimed_at"],
                condition=Q(claimed_at__isnull=False),
                name="purchase_by_claim",
            ),
            models.Index(
                fields=["provider", "cancel_due_at"],
                condition=Q(cancel_due_at__isnull=False),
                name="purchase_to_cancel",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.run}, attempt {self.attempt}: {self.state}"

    @property
    def in_doubt(self) -> bool:
        """Return whether nobody knows if it was placed."""
        resent = self.state == PurchaseState.SUBMITTING and self.resent_at is not None
        return resent or self.state == PurchaseState.UNKNOWN
