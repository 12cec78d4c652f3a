"""Indexes for an account's statement, made while money is being moved."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("wallets", "0003_low_balance_threshold")]
    operations = [
        AddIndexConcurrently(
            model_name="entry", index=models.Index(fields=["wallet", "at", "seq"], name="entry_by_day")
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("counter", "sales"), _negated=True), fields=["wallet", "seq"], name="entry_no_sale"
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("amount__gt", 0), ("counter", "sales")), fields=["wallet", "seq"], name="entry_refund"
            ),
        ),
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("amount__gt", 0), ("counter", "sales")),
                fields=["reference"],
                name="entry_refund_of_order",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
