"""The operator's screen of what happened: the audit log, which nobody edits."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from events.models import Event
from kit.screens import Shown, Table, list_link, moment, pairs, short, whole_number


@admin.register(Event)
class EventAdmin(Shown):
    """Everything that happened, the latest first."""

    list_display = ["when", "kind", "about", "actor", "reason", "told"]
    list_display_links = ["when"]
    fields = ["kind", "about", "when", "actor", "reason", "data"]
    readonly_fields = ["when", "about", "told"]
    search_fields = ["subject"]
    search_help_text = "a subject and its number, such as: order 17, account 3, provider 1"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find the events of one subject: `order 17`."""
        subject, _, number = term.rpartition(" ")
        subject_id = whole_number(number)
        return (
            rows.none() if subject_id is None else rows.filter(subject=subject.strip().lower(), subject_id=subject_id)
        )

    @admin.display(description="when")
    def when(self, event: Event) -> SafeString:
        """Return the moment."""
        return short(moment(event.at))

    @admin.display(description="about")
    def about(self, event: Event) -> SafeString:
        """Return its subject, as a link to all that happened to it."""
        return history_link(f"{event.subject} {event.subject_id}", event.subject, event.subject_id)

    @admin.display(description="data")
    def told(self, event: Event) -> str:
        """Return what it tells, in a line."""
        return pairs(event.data.items())[:200]


def history_link(text: str, subject: str, subject_id: int) -> SafeString:
    """Return a link to everything that happened to the subject."""
    return list_link(text, "events_event_changelist", subject=subject, subject_id=subject_id)


def history_table(events: QuerySet[Event], subject: str, subject_id: int) -> Table:
    """Return the events as a table for the subject's own page."""
    return Table(
        title="History",
        headers=["When", "What", "By", "Reason", "Data"],
        rows=[[moment(e.at), e.kind, e.actor or "the panel", e.reason, pairs(e.data.items())] for e in events],
        more=history_link("All events", subject, subject_id),
    )
