"""Indexes for an account's list of orders, made while orders are being taken: none of it waits for the table."""

import django.db.models.deletion
from django.db import migrations, models

from kit.indexing import AddIndexOnce


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_resending")]
    operations = [
        AddIndexOnce(
            model_name="order",
            index=models.Index(fields=["account", "created_at", "id"], name="order_listed"),
        ),
        AddIndexOnce(
            model_name="order",
            index=models.Index(fields=["account", "status", "created_at", "id"], name="order_listed_by_status"),
        ),
        AddIndexOnce(
            model_name="order",
            index=models.Index(fields=["service", "account", "created_at", "id"], name="order_listed_by_service"),
        ),
        # The service's own index is the beginning of the last one. Django would make the foreign key anew, which looks at
        # every order while nothing can be placed.
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS orders_order_service_id_b6affa07",
                    "CREATE INDEX CONCURRENTLY orders_order_service_id_b6affa07 ON orders_order (service_id)",
                )
            ],
            [
                migrations.AlterField(
                    model_name="order",
                    name="service",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="catalog.service",
                    ),
                )
            ],
        ),
    ]
