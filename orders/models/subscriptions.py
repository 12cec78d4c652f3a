"""Subscriptions: an order for posts that are still to come."""

from django.db import models
from django.db.models import F, Q

from orders.models.orders import Order
from orders.states import OPEN_SUBSCRIPTIONS, SubscriptionState


class Subscription(models.Model):
    """What a Subscriptions order has beside the order. Each post that the provider reports is a child order."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="subscription")
    state = models.CharField(max_length=16, choices=SubscriptionState.choices, default=SubscriptionState.ACTIVE)
    username = models.CharField(max_length=1000)
    min = models.PositiveIntegerField()
    max = models.PositiveIntegerField()
    delay = models.PositiveIntegerField(help_text="minutes")
    posts_wanted = models.PositiveIntegerField(null=True, blank=True, help_text="empty: until it is ended")
    old_posts = models.PositiveIntegerField(default=0)
    posts = models.PositiveIntegerField(default=0, help_text="delivered or under way")
    expires_on = models.DateField(null=True, blank=True)
    used = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="of the first post's money, what its first post took"
    )
    # A post that the balance did not cover when it was reported waits here until it does.
    owed = models.JSONField(default=list, blank=True, help_text="posts that are not charged yet, by the provider's id")
    pause_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SubscriptionState.values), name="subscription_state_valid"),
            models.CheckConstraint(condition=Q(min__lte=F("max")), name="subscription_min_not_above_max"),
            models.CheckConstraint(condition=Q(used__gte=0), name="subscription_used_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["state", "expires_on"],
                condition=Q(state__in=sorted(OPEN_SUBSCRIPTIONS)),
                name="subscription_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.state}"
