"""The operator's screen of mails to people: what went out, and what did not and why. What they said is nobody's."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from accounts.models import Mail
from kit.screens import Shown, moment, short


@admin.register(Mail)
class MailAdmin(Shown):
    """Every mail of the last 30 days, the latest first."""

    list_display = ["written", "to", "what", "state"]
    ordering = ["-id"]
    search_fields = ["to"]
    search_help_text = "a whole e-mail address"
    fields = ["to", "subject", "kind", "written", "state", "tries", "problem"]
    readonly_fields = ["written", "state"]

    def find(self, rows: QuerySet[Mail], term: str) -> QuerySet[Mail]:
        """Find by whom it is to."""
        return rows.filter(to=term.lower())

    @admin.display(description="written at")
    def written(self, mail: Mail) -> str:
        """Return when it was written down."""
        return moment(mail.created_at)

    @admin.display(description="subject")
    def what(self, mail: Mail) -> SafeString:
        """Return its subject, for the list."""
        return short(mail.subject, 60)

    @admin.display(description="state")
    def state(self, mail: Mail) -> str:
        """Return what became of it."""
        if mail.sent_at is not None:
            return f"sent {moment(mail.sent_at)}"
        if mail.given_up_at is not None:
            return f"given up {moment(mail.given_up_at)}"
        return f"waits; tried {mail.tries} times" if mail.tries else "waits"
