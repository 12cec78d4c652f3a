from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_addresses")]

    operations = [
        migrations.AddField("apikey", "asked", models.UUIDField(editable=False, null=True)),
        migrations.AddConstraint(
            "apikey",
            models.UniqueConstraint(
                condition=models.Q(("asked__isnull", False)), fields=("account", "asked"), name="api_key_once_a_form"
            ),
        ),
    ]
