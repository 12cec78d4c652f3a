"""Orders, the requests that made them, and the purchases that deliver them."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import F, Q

from accounts.models import ApiKey, User
from catalog.models import Service, Source
from kit import ids
from orders.states import OPEN, OrderStatus, PurchaseState
from providers.models import Provider


class Order(models.Model):
    """What a reseller bought. `status`, `remains` and `refunded` follow from its purchases (orders/states.py)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders", db_index=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    link = models.CharField(max_length=1000)
    quantity = models.PositiveIntegerField()
    rate = models.DecimalField(max_digits=20, decimal_places=8, help_text="what the account agreed to pay")
    charge = models.DecimalField(max_digits=20, decimal_places=8)
    refunded = models.DecimalField(max_digits=20, decimal_places=8, default=0)
    start_count = models.BigIntegerField(null=True, blank=True)
    remains = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_valid"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("charge")), name="order_refunded_within_charge"
            ),
            models.CheckConstraint(
                condition=Q(remains__gte=0, remains__lte=F("quantity")), name="order_remains_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN), ended_at__isnull=True)
                | (~Q(status__in=sorted(OPEN)) & Q(ended_at__isnull=False)),
                name="order_ended_at_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="order_by_account"),
            models.Index(fields=["status", "-id"], name="order_by_status"),
            models.Index(fields=["status", "id"], condition=Q(ended_at__isnull=True), name="order_open"),
            HashIndex(fields=["link"], name="order_by_link"),
        ]

    def __str__(self) -> str:
        return self.shown_id

    @property
    def shown_id(self) -> str:
        """Return the public id, `ord_…`."""
        return ids.shown("ord", self.public_id)


class Request(models.Model):
    """A request for an order, by the key that makes it the same request when it comes again."""

    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=132, help_text="id:<request_id>")
    digest = models.BinaryField(max_length=32, help_text="of the parameters it came with")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="order_unique_request")]

    def __str__(self) -> str:
        return self.key


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
    currency = models.CharField(max_length=3, default="USD")
    sent = models.JSONField(default=dict, blank=True)
    answer = models.TextField(blank=True, help_text="the provider's last words to us, up to 2 kB")
    start_count = models.BigIntegerField(null=True, blank=True)
    remains = models.PositiveIntegerField(null=True, blank=True)

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
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=PurchaseState.QUEUED), name="purchase_to_buy"),
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
        ]

    def __str__(self) -> str:
        return f"run {self.run}, attempt {self.attempt}: {self.state}"
