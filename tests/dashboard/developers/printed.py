"""What is printed on the rendered pages: every example with its answers, taken out of the HTML as readers copy it."""

import re
import shlex
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from dashboard.developers.pages import PAGES, Page

FIELD = {"-d", "--data-urlencode"}


@dataclass
class Group:
    """Programs that stand under tabs together, by their language, and the answers printed below them."""

    heading: str
    programs: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, str]:
        """Return the form that the curl command posts, without the key; nothing where the group is no call."""
        if "curl" not in self.programs:
            return {}
        words = shlex.split(self.programs["curl"].replace("\\\n", " "))
        fields = [words[at + 1].partition("=") for at, word in enumerate(words) if word in FIELD]
        return {name: value for name, _, value in fields if name != "key"}


class Reader(HTMLParser):
    """Goes through a page as a reader does."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[Group] = []
        self.programs: list[tuple[str, str]] = []  # every piece of code, with its class
        self.words: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self._open: list[tuple[str, str]] = []
        self._labels: list[str] = []
        self._heading = self._paragraph = self._code = self._cell = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" and "href" in given else []
        if tag in {"meta", "link", "input", "img", "br", "hr", "path"}:
            return
        self._open.append((tag, given.get("class", "")))
        if given.get("class") == "tabs":
            self.groups.append(Group(self._heading.strip()))
            self._labels = []
        if tag in {"h1", "h2", "h3", "h4"}:
            self._heading = ""
        if tag == "p":
            self._paragraph = ""
        if tag == "pre":
            self._code = ""
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self._cell = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._end_of_code()
        if tag in {"td", "th"}:
            self.rows[-1].append(self._cell)
        while self._open and self._open.pop()[0] != tag:
            pass

    def _end_of_code(self) -> None:
        language = next((kind.split()[-1] for _, kind in reversed(self._open) if kind.startswith("copy-box")), "")
        self.programs.append((language, self._code))
        if self._in("tabs"):
            self.groups[-1].programs[self._labels[len(self.groups[-1].programs)]] = self._code
        elif language == "json" and self._paragraph.startswith("Answer"):
            self.groups[-1].answers["standard"] = self._code
            if "both" in self._paragraph:
                self.groups[-1].answers["classic"] = self._code
        elif language == "json" and self._paragraph.startswith("With a key of the classic") and self.groups:
            self.groups[-1].answers.setdefault("classic", self._code)

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "article" not in tags or self._in("anchor"):
            return
        if "label" in tags and self._in("tabs"):
            self._labels.append(data)
            return
        if "button" in tags:
            return
        self.words.append(data)
        for each, where in (("_heading", {"h1", "h2", "h3", "h4"}), ("_paragraph", {"p"}), ("_code", {"pre"})):
            if where & set(tags):
                setattr(self, each, getattr(self, each) + data)
        if {"td", "th"} & set(tags):
            self._cell += data

    def _in(self, kind: str) -> bool:
        return any(kind in each.split() for _, each in self._open)


def read(html: str) -> Reader:
    """Return what a page shows."""
    reader = Reader()
    reader.feed(html)
    return reader


@cache
def page_at(address: str, page: Page) -> Reader:
    """Return what a page shows that is fetched from this address."""
    with urllib.request.urlopen(address + page.path, timeout=30) as answer:
        return read(answer.read().decode())


def groups_at(address: str) -> list[Group]:
    """Return every group of programs of every page."""
    return [group for page in PAGES.values() for group in page_at(address, page).groups]


def compact(json_text: str) -> str:
    """Return JSON as it is on the wire: without what was put between its parts for reading."""
    return "".join(re.findall(r'"(?:[^"\\]|\\.)*"|[^\s"]+', json_text))
