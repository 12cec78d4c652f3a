"""The pages for machines that read texts: a list of them, and all in one. Source of the list's form: llmstxt.org."""

from django.conf import settings

from dashboard.developers.pages import GROUPS, PAGES, ROOT
from dashboard.developers.reader import Reader
from dashboard.developers.writing import markdown

ABOUT = (
    "How a program lists services, places orders, follows, refills and cancels them, reads its balance, and hears of "
    "all that by webhooks: one URL, to which forms are posted."
)


def pages(reader: Reader) -> str:
    """Return the list of all pages, each with a sentence."""
    parts = [f"# {settings.PANEL_NAME}: API\n\n> {ABOUT}\n"]
    for title, group in GROUPS.items():
        lines = [f"- [{page.title}]({reader.address}{ROOT}/{page.slug}.md): {page.sentence}\n" for page in group]
        parts.append(f"## {title}\n\n{''.join(lines)}")
    parts.append(
        "## Optional\n\n"
        f"- [OpenAPI]({reader.address}{ROOT}/openapi.json): every action, answer, refusal and event as OpenAPI 3.1.\n"
        f"- [All in one]({reader.address}/llms-full.txt): the pages above, one after the other.\n"
    )
    return "\n".join(parts)


def in_full(reader: Reader) -> str:
    """Return all pages, one after the other."""
    return "\n".join(markdown(slug, reader) for slug in PAGES)
