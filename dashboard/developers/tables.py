"""Tables, and what else of Markdown has to be written with care."""

from collections.abc import Iterable, Sequence

NEWLINE = " ⏎ "


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of these rows."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def code(text: str) -> str:
    """Return the text as code in a line; where it has several lines, each of them, with a sign between them."""
    return NEWLINE.join(f"`{line}`" for line in text.split("\n")) if text else ""
