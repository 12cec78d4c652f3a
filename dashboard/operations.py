"""Writing the texts on the pages."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from dashboard.models import Text
from events.operations import record
from kit import clock

# Of all texts together, since one that was taken away and written again is another row.
# An event keeps the whole text: what the terms said on a day can be asked for later.
ABOUT = {"subject": "text", "subject_id": 0}


class NotWritten(Exception):
    """The operator has written no such text: the starting text stands there already."""


def edit_text(*, slug: str, language: str, title: str, body: str, actor: str) -> Text:
    """Put the operator's own text in the place of what stood there.

    :param body: Markdown.
    :raises ValidationError: where there is no such text or language, or the title or the body is empty or too long.
    """
    text = Text(slug=slug, language=language, title=title.strip(), body=_plain(body), updated_at=clock.now())
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": f"The pages are in no language {language!r}."})
    text.full_clean(validate_unique=False, validate_constraints=False)
    with transaction.atomic():
        (kept,) = Text.objects.bulk_create(
            [text],
            update_conflicts=True,
            unique_fields=["slug", "language"],
            update_fields=["title", "body", "updated_at"],
        )
        data = {"slug": slug, "language": language, "title": kept.title, "body": kept.body}
        record(kind="text.edited", **ABOUT, data=data, actor=actor)  # type: ignore[arg-type]
    return kept


def remove_text(*, slug: str, language: str, actor: str) -> None:
    """Take the operator's own text away, so that the starting text stands there again.

    :raises NotWritten: where there is none.
    """
    with transaction.atomic():
        removed, _ = Text.objects.filter(slug=slug, language=language).delete()
        if not removed:
            raise NotWritten("The starting text stands there already")
        record(kind="text.removed", **ABOUT, data={"slug": slug, "language": language}, actor=actor)  # type: ignore[arg-type]


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").strip()
