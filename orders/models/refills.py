"""Refills: what was delivered, lost, and asked for again."""

from django.db import models
from django.db.models import Q

from kit import ids
from orders.models.orders import Order
from orders.models.purchases import Purchase
from orders.states import OPEN_REFILLS, RefillPartState, RefillStatus
from providers.models import Provider


class Refill(models.Model):
    """A reseller's request to fill an order up again. `status` follows from its parts, or from the operator's word."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refills", db_index=False)
    number = models.PositiveIntegerField(help_text="the order's first refill, its second …")
    status = models.CharField(max_length=16, choices=RefillStatus.choices, default=RefillStatus.PENDING)
    by_hand = models.BooleanField(default=False, help_text="the operator decides, no provider is asked")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="refill_unique_number"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=sorted(OPEN_REFILLS)), name="refill_one_open_per_order"
            ),
            models.CheckConstraint(condition=Q(status__in=RefillStatus.values), name="refill_status_valid"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OPEN_REFILLS), ended_at__isnull=True)
                | (~Q(status__in=sorted(OPEN_REFILLS)) & Q(ended_at__isnull=False)),
                name="refill_ended_at_when_ended",
            ),
        ]
        indexes = [models.Index(fields=["-ended_at", "-id"], name="refill_open_first")]

    def __str__(self) -> str:
        return self.shown_id

    @property
    def shown_id(self) -> str:
        """Return the public id, `ref_…`."""
        return ids.shown("ref", self.public_id)


class RefillPart(models.Model):
    """The refill of one purchase: an order delivered in runs was bought in several."""

    refill = models.ForeignKey(Refill, on_delete=models.PROTECT, related_name="parts")
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="refill_parts")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=16, choices=RefillPartState.choices, default=RefillPartState.QUEUED)
    reported = models.CharField(max_length=16, blank=True, help_text="the status the provider last gave")
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(help_text="when it is next to be sent, or asked about")
    claimed_at = models.DateTimeField(null=True, blank=True)
    provider_refill_id = models.CharField(max_length=64, blank=True)
    answer = models.TextField(blank=True, help_text="the provider's last words to us, up to 2 kB")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["refill", "purchase"], name="refill_part_once_per_purchase"),
            models.CheckConstraint(condition=Q(state__in=RefillPartState.values), name="refill_part_state_valid"),
            models.CheckConstraint(
                condition=~Q(state=RefillPartState.SENT) | ~Q(provider_refill_id=""), name="refill_part_sent_has_an_id"
            ),
            models.CheckConstraint(
                condition=~Q(state=RefillPartState.DONE)
                | Q(reported__in=sorted(frozenset(RefillStatus) - OPEN_REFILLS)),
                name="refill_part_done_has_a_last_word",
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "due_at"],
                condition=Q(state__in=[RefillPartState.QUEUED, RefillPartState.SENT]),
                name="refill_part_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refill}: {self.state}"
