"""Indexes for an account's statement, made while money is being moved."""

from django.db import migrations, models

from kit.indexing import AddIndexOnce


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("wallets", "0003_low_balance_threshold")]
    operations = [
        AddIndexOnce(
            model_name="entry", index=models.Index(fields=["wallet", "at", "seq"], name="entry_by_day")
        ),
        AddIndexOnce(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("counter", "sales"), _negated=True), fields=["wallet", "seq"], name="entry_no_sale"
            ),
        ),
        AddIndexOnce(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("amount__gt", 0), ("counter", "sales")), fields=["wallet", "seq"], name="entry_refund"
            ),
        ),
        AddIndexOnce(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("amount__gt", 0), ("counter", "sales")),
                fields=["reference"],
                name="entry_refund_of_order",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
