"""Facts do not change: a trigger refuses every UPDATE but that of `announce`, and every DELETE."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION events_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'announce' = to_jsonb(OLD) - 'announce' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'event_append_only: events are never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_event_append_only();
"""
BACKWARD = """
DROP TRIGGER event_append_only ON events_event;
DROP FUNCTION events_event_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
