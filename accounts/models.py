"""Users, the tiers they reach by depositing, the keys their programs use, and the mails they get."""

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from kit import clock

KEYS_PER_ACCOUNT = 10
DIALECTS = ("standard", "classic")  # ways to answer a key
CURRENCY_CODE = r"^[A-Z]{3,8}$"


class Tier(models.Model):
    """What an account may do and pays, by what it has deposited in its life."""

    name = models.CharField(max_length=64, unique=True)
    deposits_from = models.DecimalField(
        max_digits=20, decimal_places=8, unique=True, help_text="lifetime deposits in USD that reach it"
    )
    requests_per_minute = models.PositiveIntegerField(help_text="over all keys of the account")
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["deposits_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
                name="tier_discount_percent_valid",
            ),
            models.CheckConstraint(condition=Q(deposits_from__gte=0), name="tier_deposits_from_not_negative"),
            models.CheckConstraint(condition=Q(requests_per_minute__gt=0), name="tier_requests_per_minute_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail whatever its case. Making one is `accounts.operations`' work: a user has a wallet."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this e-mail address."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A reseller or an operator. Suspended by a date and a reason, never by is_active, which says nothing."""

    email = models.EmailField(max_length=254, unique=True)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="users")
    tier_pinned = models.BooleanField(default=False, help_text="deposits do not move the tier")
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_reason = models.CharField(max_length=500, blank=True)
    is_staff = models.BooleanField("operator", default=False)
    joined_at = models.DateTimeField()
    language = models.CharField(max_length=8, blank=True, default="", help_text="of the pages; empty: the browser's")
    display_currency = models.CharField(max_length=8, blank=True, default="", help_text="shown beside USD")
    version = models.BigIntegerField(default=1, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_reason="")
                | (Q(suspended_at__isnull=False) & ~Q(suspended_reason="")),
                name="user_suspended_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(display_currency="") | Q(display_currency__regex=CURRENCY_CODE),
                name="user_display_currency_valid",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiKey(models.Model):
    """A key a program uses. The value is shown once; kept are its digest and the prefix one knows it by."""

    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys", db_index=False)
    slot = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32, unique=True)
    dialect = models.CharField(max_length=16, choices=[(each, each) for each in DIALECTS], default=DIALECTS[0])
    read_only = models.BooleanField(default=False)
    allowed_ips = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    asked = models.UUIDField(null=True, editable=False)  # the form that made it, which makes no other
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)  # as of a minute ago: see KeyUse
    version = models.BigIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "slot"], condition=Q(revoked_at__isnull=True), name="api_key_unique_slot"
            ),
            models.UniqueConstraint(
                fields=["account", "asked"], condition=Q(asked__isnull=False), name="api_key_once_a_form"
            ),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=KEYS_PER_ACCOUNT), name="api_key_slot_valid"),
            models.CheckConstraint(
                condition=Q(requests_per_minute__isnull=True) | Q(requests_per_minute__gt=0),
                name="api_key_requests_per_minute_positive",
            ),
            models.CheckConstraint(condition=Q(dialect__in=list(DIALECTS)), name="api_key_dialect_valid"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="api_key_by_account")]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}".rstrip()

    @property
    def has_ended(self) -> bool:
        """Return whether it opens nothing any more: it is revoked, or has expired."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= clock.now())


class KeyUse(models.Model):
    """How many requests with a key were admitted on a day (UTC): statistics, written once a minute."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="use", db_index=False)
    day = models.DateField()
    requests = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "day"], name="key_use_unique_day"),
            models.CheckConstraint(condition=Q(requests__gt=0), name="key_use_requests_positive"),
        ]
        indexes = [models.Index(fields=["day"], name="key_use_by_day")]

    def __str__(self) -> str:
        return f"{self.api_key_id} on {self.day}: {self.requests}"


class Mail(models.Model):
    """A mail to a person, from when a page caused it until the worker has sent it, or has given up.

    Its body may hold a link that opens the account: it is deleted as soon as it is not needed any more.
    """

    kind = models.CharField(max_length=64, help_text="what it tells: account/email/password_reset_key …")
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when it is tried next; while it is being sent, when it is anybody's again")
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, help_text="why the last try failed")
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True) | Q(body=""),
                name="mail_ended_without_its_body",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True), name="mail_sent_or_given_up"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(sent_at__isnull=True, given_up_at__isnull=True), name="mail_due"
            ),
            models.Index(fields=["to", "kind", "created_at"], name="mail_by_recipient"),
            models.Index(fields=["created_at"], name="mail_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"
