"""Wallets and the entries that moved them. US dollars, NUMERIC(20,8)."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LOW_BALANCE = Decimal(10)


class Counter(models.TextChoices):
    """What an entry stands against: names, never rows, or every order would queue at one."""

    DEPOSITS = "deposits"
    SALES = "sales"
    BONUSES = "bonuses"
    ADJUSTMENTS = "adjustments"


class Wallet(models.Model):
    """One account's money. Only `wallets.operations` changes it, together with the entry that says why."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="wallet"
    )
    balance = models.DecimalField(max_digits=20, decimal_places=8, default=0)
    version = models.BigIntegerField(default=0, help_text="rises by one with every entry")
    deposited = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="all deposits of its life; decides the tier"
    )
    low_balance_threshold = models.DecimalField(
        max_digits=20, decimal_places=8, default=LOW_BALANCE, help_text="USD below which balance.low is told; 0: never"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="wallet_balance_not_negative"),
            models.CheckConstraint(
                condition=Q(low_balance_threshold__gte=0), name="wallet_low_balance_threshold_not_negative"
            ),
            models.CheckConstraint(condition=Q(deposited__gte=0), name="wallet_deposited_not_negative"),
        ]

    def __str__(self) -> str:
        return f"wallet {self.pk}"


class Entry(models.Model):
    """One movement of one wallet's money. Append-only: a trigger refuses UPDATE and DELETE."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="entries", db_index=False)
    seq = models.BigIntegerField(help_text="the wallet's version after it")
    amount = models.DecimalField(max_digits=20, decimal_places=8)
    balance_after = models.DecimalField(max_digits=20, decimal_places=8)
    counter = models.CharField(max_length=16, choices=Counter.choices)
    reference = models.CharField(max_length=200, help_text="names the cause, which can move money once")
    reason = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["wallet", "seq"], name="entry_unique_seq"),
            models.UniqueConstraint(fields=["reference"], name="entry_unique_reference"),
            models.CheckConstraint(condition=Q(balance_after__gte=0), name="entry_balance_after_not_negative"),
            models.CheckConstraint(
                condition=Q(counter__in=["deposits", "bonuses"], amount__gt=0)
                | (Q(counter__in=["sales", "adjustments"]) & ~Q(amount=0)),
                name="entry_sign_matches_counter",
            ),
            models.CheckConstraint(condition=Q(seq__gt=0), name="entry_seq_positive"),
            models.CheckConstraint(
                condition=Q(balance_after=F("amount")) | Q(seq__gt=1), name="entry_first_starts_from_zero"
            ),
        ]
        # A charge, which `add` waits for, is in the first one alone.
        indexes = [
            models.Index(fields=["wallet", "at", "seq"], name="entry_by_day"),
            models.Index(fields=["wallet", "seq"], condition=~Q(counter=Counter.SALES), name="entry_no_sale"),
            models.Index(
                fields=["wallet", "seq"], condition=Q(counter=Counter.SALES, amount__gt=0), name="entry_refund"
            ),
            models.Index(
                fields=["reference"],
                opclasses=["varchar_pattern_ops"],
                condition=Q(counter=Counter.SALES, amount__gt=0),
                name="entry_refund_of_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.reference})"
