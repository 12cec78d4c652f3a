"""The three tiers a panel begins with; from then on they are the operator's rows."""

from django.db import migrations


def make_tiers(apps, schema_editor):
    tier = apps.get_model("accounts", "Tier")
    for name, deposits_from, requests_per_minute in [
        ("Standard", 0, 200),
        ("Reseller", 500, 1000),
        ("Agency", 5000, 5000),
    ]:
        tier.objects.create(name=name, deposits_from=deposits_from, requests_per_minute=requests_per_minute)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make_tiers, migrations.RunPython.noop)]
