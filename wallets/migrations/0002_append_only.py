"""Entries do not change: a trigger refuses every UPDATE and DELETE. Row by row, so that tests may still truncate."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION wallets_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entry_append_only: entries are never changed or deleted; post a correcting entry'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON wallets_entry
    FOR EACH ROW EXECUTE FUNCTION wallets_entry_append_only();
"""
BACKWARD = """
DROP TRIGGER entry_append_only ON wallets_entry;
DROP FUNCTION wallets_entry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
