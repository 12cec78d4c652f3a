"""The texts a panel starts with, until its operator has written his own: a file for each, by language and slug.

They say what this software does and nothing that could be false of an operator: no name, no law, no time, no number
that a setting changes. Where only the operator can know, they say that he has not said it yet. `{{panel}}` is the
panel's name.
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("texts")


@cache
def starting_text(slug: str, language: str) -> tuple[str, str]:
    """Return the title (the file's first line, a heading) and the body, as Markdown."""
    title, _, body = (FOLDER / language / f"{slug}.md").read_text(encoding="utf-8").partition("\n")
    return title.removeprefix("# ").strip(), body.strip() + "\n"
