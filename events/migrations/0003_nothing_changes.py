"""What has been announced is written to the webhooks' outbox in the same transaction: no flag is left to be switched."""

from django.db import migrations

STRICT = """
CREATE OR REPLACE FUNCTION events_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event_append_only: events are never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;
"""
WITH_A_FLAG = """
CREATE OR REPLACE FUNCTION events_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'announce' = to_jsonb(OLD) - 'announce' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'event_append_only: events are never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0002_append_only")]
    operations = [
        migrations.RemoveIndex("event", "event_to_announce"),
        migrations.RemoveField("event", "announce"),
        migrations.RunSQL(STRICT, WITH_A_FLAG),
    ]
