"""Reading what the operator can write on the pages."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, Value, When
from django.utils.html import escape
from django.utils.safestring import SafeString

from dashboard.markdown import Heading, rendered
from dashboard.models import Text
from dashboard.starting_texts import starting_text

PANEL = "{{panel}}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as a page shows it: its title, its Markdown as safe HTML, and in which language it is.

    `changed_at` is when the operator wrote it; None of a starting text.
    """

    title: str
    html: SafeString
    headings: tuple[Heading, ...]
    language: str
    changed_at: datetime | None


def text(slug: str, language: str) -> Shown:
    """Return the text for a reader of this language, in one statement.

    It is what the operator wrote in that language; else what he wrote in English; else in whatever language he wrote;
    and only where he wrote none, the starting text. For a starting text says that the operator has not said anything
    yet, which would be false in every language once he has, be it in one that a reader has to translate.
    """
    theirs = Case(When(language=language, then=Value(0)), When(language="en", then=Value(1)), default=Value(2))
    row = Text.objects.filter(slug=slug).order_by(theirs, "language").first()
    if row:
        return shown(row.title, row.body, row.language, row.updated_at)
    known = language if language in dict(settings.LANGUAGES) else "en"
    return shown(*starting_text(slug, known), known)


def shown(title: str, body: str, language: str, changed_at: datetime | None = None) -> Shown:
    """Return a title and a body of Markdown as a page shows them."""
    page, name = rendered(body), settings.PANEL_NAME
    headings = tuple(Heading(each.id, each.text.replace(PANEL, name), each.level) for each in page.headings)
    html = SafeString(page.html.replace(PANEL, escape(name)))
    return Shown(title.replace(PANEL, name), html, headings, language, changed_at)


def written() -> dict[tuple[str, str], Text]:
    """Return every text that the operator has written, by its slug and language."""
    return {(each.slug, each.language): each for each in Text.objects.all()}
