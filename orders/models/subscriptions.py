"""Subscriptions: an order for posts that are still to come."""

from django.db import models
from django.db.models import F, Q

from orders.models.orders import Order
from orders.models.purchases import Purchase
from orders.states import OPEN_POSTS, OPEN_SUBSCRIPTIONS, PostState, SubscriptionState
from providers.models import Provider


class Subscription(models.Model):
    """What a Subscriptions order has beside the order. Each post that the provider reports becomes a child order."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="subscription")
    state = models.CharField(max_length=16, choices=SubscriptionState.choices, default=SubscriptionState.ACTIVE)
    username = models.CharField(max_length=1000)
    min = models.PositiveIntegerField()
    max = models.PositiveIntegerField()
    delay = models.PositiveIntegerField(help_text="minutes")
    posts_wanted = models.PositiveIntegerField(null=True, blank=True, help_text="new ones; empty: until it is ended")
    old_posts = models.PositiveIntegerField(default=0, help_text="that were there before, and are wanted besides")
    expires_on = models.DateField(null=True, blank=True)
    needs = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="while it is paused: the balance with which it goes on"
    )
    cancel_requested_at = models.DateTimeField(
        null=True, blank=True, help_text="when its end was asked for; a pause is none"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SubscriptionState.values), name="subscription_state_valid"),
            models.CheckConstraint(condition=Q(min__lte=F("max")), name="subscription_min_not_above_max"),
            models.CheckConstraint(condition=Q(needs__gte=0), name="subscription_needs_not_negative"),
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

    @property
    def wanted(self) -> int | None:
        """Return how many posts it is for, old ones counted in; None until it is ended."""
        return None if self.posts_wanted is None else self.posts_wanted + self.old_posts


class Post(models.Model):
    """A post that the provider reported for a subscription, by the id of the order the provider made for it."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="posts")
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="+", help_text="what brought it")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+", db_index=False)
    provider_order_id = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=PostState.choices, default=PostState.REPORTED)
    quantity = models.PositiveIntegerField(null=True, blank=True, help_text="as far as it can be known")
    seen = models.JSONField(default=dict, blank=True, help_text="the provider's numbers the quantity was taken from")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="post")
    note = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when the provider is next to be asked how large it is")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_order_id"], name="post_unique_at_provider"),
            models.CheckConstraint(condition=Q(state__in=PostState.values), name="post_state_valid"),
            models.CheckConstraint(
                condition=Q(state=PostState.CHARGED, order__isnull=False)
                | (~Q(state=PostState.CHARGED) & Q(order__isnull=True)),
                name="post_charged_is_an_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[PostState.OWED, PostState.CHARGED]) | Q(quantity__isnull=False),
                name="post_charged_by_a_quantity",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "due_at"], condition=Q(state=PostState.REPORTED), name="post_to_measure"),
            models.Index(
                fields=["subscription"], condition=Q(state__in=sorted(OPEN_POSTS)), name="post_not_charged_yet"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_order_id}: {self.state}"
