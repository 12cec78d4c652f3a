from django.db import migrations

# Whoever has an account by now was given it by an operator, who vouches for the address.
VOUCHED_FOR = """
INSERT INTO account_emailaddress (user_id, email, verified, "primary")
SELECT id, email, true, true FROM accounts_user
WHERE NOT EXISTS (SELECT FROM account_emailaddress WHERE user_id = accounts_user.id AND "primary")
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_mails"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunSQL(VOUCHED_FOR, migrations.RunSQL.noop)]
