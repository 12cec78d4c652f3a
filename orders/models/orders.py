"""Orders, and the requests that made them."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import F, Q

from accounts.models import ApiKey, User
from catalog.models import Coupon, Service, ServiceType
from kit import ids
from orders.states import OPEN, OrderStatus


class Order(models.Model):
    """What a reseller bought. `status`, `remains` and `refunded` follow from its purchases (orders/states.py)."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="orders", db_index=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="orders", db_index=False)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="posts", help_text="its subscription"
    )
    type = models.CharField(max_length=40, choices=ServiceType.choices, default=ServiceType.DEFAULT)
    status = models.CharField(max_length=16, choices=OrderStatus.choices, default=OrderStatus.PENDING)
    link = models.CharField(max_length=1000, blank=True)
    params = models.JSONField(default=dict, blank=True, help_text="what its type takes beside link and quantity")
    quantity = models.PositiveIntegerField(help_text="over all runs; of a subscription, the posts it is for")
    runs = models.PositiveIntegerField(default=1)
    interval = models.PositiveIntegerField(null=True, blank=True, help_text="minutes between two runs")
    rate = models.DecimalField(max_digits=20, decimal_places=8, help_text="what the account agreed to pay")
    price_steps = models.JSONField(default=list, blank=True, help_text="how the charge came about, step by step")
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    charge = models.DecimalField(max_digits=20, decimal_places=8)
    refunded = models.DecimalField(max_digits=20, decimal_places=8, default=0)
    start_count = models.BigIntegerField(null=True, blank=True)
    remains = models.PositiveIntegerField()
    guard = models.BinaryField(max_length=32, null=True, blank=True, help_text="one open order for the link")
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
            models.CheckConstraint(condition=Q(type__in=ServiceType.values), name="order_type_valid"),
            models.CheckConstraint(condition=Q(runs__gte=1), name="order_runs_positive"),
            models.CheckConstraint(
                condition=Q(runs=1) | Q(interval__isnull=False, interval__gte=1), name="order_runs_have_an_interval"
            ),
            models.CheckConstraint(
                condition=Q(quantity=F("quantity") / F("runs") * F("runs")), name="order_runs_share_the_quantity"
            ),
            models.UniqueConstraint(fields=["guard"], condition=Q(guard__isnull=False), name="order_link_guard"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="order_by_account"),
            # Of an account's list, in its order (orders/listing.py): all of it, and each of its filters.
            models.Index(fields=["account", "created_at", "id"], name="order_listed"),
            models.Index(fields=["account", "status", "created_at", "id"], name="order_listed_by_status"),
            models.Index(fields=["service", "account", "created_at", "id"], name="order_listed_by_service"),
            models.Index(fields=["status", "-id"], name="order_by_status"),
            models.Index(fields=["service", "created_at"], condition=Q(ended_at__isnull=True), name="order_open"),
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
    key = models.CharField(max_length=132, help_text="id:<request_id>, same:<digest> or call:<id>")
    digest = models.BinaryField(max_length=32, help_text="of the parameters it came with")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="requests")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="order_unique_request")]

    def __str__(self) -> str:
        return self.key
