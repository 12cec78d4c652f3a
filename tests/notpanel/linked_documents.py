"""What the documents link to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
LINK = re.compile(r"\]\(<?([^)\s>]+)")


def local(target: str) -> bool:
    return not re.match(r"[a-z]+:|#", target)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_to_a_file_that_is_there(document):
    targets = [target.partition("#")[0] for target in LINK.findall(document.read_text()) if local(target)]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_links_to_every_document_for_people():
    linked = {(ROOT / target).resolve() for target in LINK.findall((ROOT / "README.md").read_text()) if local(target)}
    assert set((ROOT / "docs").glob("*.md")) <= linked
