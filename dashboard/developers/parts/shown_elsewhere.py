"""Sections of docs/, where they are tested: the pages show the same text, so that no second one can go wrong."""

import re
from pathlib import Path

from django.conf import settings

from dashboard.developers.reader import Reader

FOLDER = Path(settings.BASE_DIR) / "docs"
OWN_PAGES = {"reseller-api.md": "/developers", "webhooks.md": "/developers/manage-webhooks"}
LINK = re.compile(r"\]\(([\w-]+\.md)(#[\w-]+)?\)")
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def section(reader: Reader, where: str) -> str:
    """Return what stands under a heading of the second level (`webhooks.md Verifying`), or before the first of them.

    :raises LookupError: where the page has no such heading.
    """
    name, _, heading = where.partition(" ")
    text = (FOLDER / name).read_text(encoding="utf-8")
    _, found, after = text.partition(f"\n## {heading}\n" if heading else "\n")
    if not found:
        raise LookupError(f"docs/{name} has no section {heading!r}")
    return _with_our_links(after.partition("\n## ")[0].strip()) + "\n"


def _with_our_links(text: str) -> str:
    """Return the text with its links to other pages of docs/ leading to ours, and nothing within fences changed."""
    parts = FENCE.split(text)
    parts[::2] = [LINK.sub(lambda link: f"]({OWN_PAGES[link[1]]})", each) for each in parts[::2]]
    return "".join(parts)
