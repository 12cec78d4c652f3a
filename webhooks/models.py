"""Where resellers want to hear what happened, what is to be told there, and each time it was tried."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import ApiKey, User
from events.models import Event
from kit import ids
from webhooks.states import DeliveryState, Disabled

ENDPOINTS_PER_KEY = 5
LONGEST_URL = 1000
LARGEST_BODY = 20_000  # bytes


class Endpoint(models.Model):
    """An address of a reseller's, and how it is doing. Removed and disabled by a date, so that its history stays."""

    public_id = models.UUIDField(unique=True, editable=False)
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="endpoints", db_index=False)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="endpoints", db_index=False)
    slot = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=LONGEST_URL)
    events = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, help_text="none: all, also those to come"
    )
    secret_encrypted = models.TextField(editable=False)
    old_secret_encrypted = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, help_text="until when the old secret signs beside")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_because = models.CharField(max_length=16, choices=Disabled.choices, blank=True)
    owner_told_at = models.DateTimeField(
        null=True, blank=True, help_text="when its owner was mailed that it is disabled"
    )
    owner_claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="the first failure since it last answered")
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    resting_until = models.DateTimeField(null=True, blank=True, help_text="until when nothing is sent there")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "slot"], condition=Q(removed_at__isnull=True), name="endpoint_unique_slot"
            ),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=ENDPOINTS_PER_KEY), name="endpoint_slot_valid"),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_because="")
                | Q(disabled_at__isnull=False, disabled_because__in=Disabled.values),
                name="endpoint_disabled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(old_secret_encrypted="", old_secret_until__isnull=True)
                | (~Q(old_secret_encrypted="") & Q(old_secret_until__isnull=False)),
                name="endpoint_old_secret_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account"],
                condition=Q(removed_at__isnull=True, disabled_at__isnull=True),
                name="endpoint_live_of_account",
            ),
            models.Index(
                fields=["id"],
                condition=Q(disabled_at__isnull=False, owner_told_at__isnull=True, removed_at__isnull=True),
                name="endpoint_owner_to_tell",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_id

    @property
    def shown_id(self) -> str:
        """Return the public id, `whk_…`."""
        return ids.shown("whk", self.public_id)


class Delivery(models.Model):
    """One fact for one endpoint: the outbox. Written with the fact, sent until it has been taken or given up."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    body = models.TextField(help_text="the bytes that are signed and sent, in the dialect of its key when it was made")
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.DUE)
    tries = models.PositiveSmallIntegerField(default=0, help_text="attempts since it was made, or last sent again")
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="until when a worker holds it")
    said = models.CharField(max_length=200, blank=True, help_text="what the last attempt came to")
    made_at = models.DateTimeField()
    sent_again_at = models.DateTimeField(null=True, blank=True, help_text="when its schedule was last begun anew")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_valid"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.DUE, ended_at__isnull=True)
                | (~Q(state=DeliveryState.DUE) & Q(ended_at__isnull=False, claimed_until__isnull=True)),
                name="delivery_ended_at_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], condition=Q(state=DeliveryState.DUE), name="delivery_due"),
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="delivery_to_tidy_up"),
            models.Index(
                fields=["endpoint", "id"],
                condition=Q(state__in=[DeliveryState.FAILED, DeliveryState.DROPPED]),
                name="delivery_not_taken",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def shown_event(self) -> str:
        """Return the event's public id, `evt_…`, by which the receiver knows a repetition."""
        public_id = self.event.public_id
        return "" if public_id is None else ids.shown("evt", public_id)


class Attempt(models.Model):
    """One time that a delivery was tried, and what came of it. Kept for WEBHOOK_KEEP_DAYS."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(help_text="when it began")
    ms = models.PositiveIntegerField(help_text="how long it took, milliseconds")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="the HTTP status, where one came")
    excerpt = models.TextField(blank=True, help_text="the first kilobytes of the answer")
    error = models.CharField(
        max_length=300, blank=True, help_text="why there was no answer, or why it was none to take"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["at"], name="attempt_to_tidy_up")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"
