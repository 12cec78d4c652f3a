"""How the documentation is served: one text for people and machines, at the reader's address, kept by who has it."""

import itertools
import re

import pytest
from markdown_it import MarkdownIt

from dashboard.developers.pages import PAGES
from tests.dashboard.developers.printed import read

pytestmark = pytest.mark.django_db
BETWEEN = re.compile(r"[\s#]+")
HOST = "panel.example:8443"


@pytest.fixture
def known_host(settings):
    settings.ALLOWED_HOSTS = ["panel.example", "localhost", "testserver"]


def words(html: str) -> str:
    """Return the text of some HTML, with one space wherever there is any."""
    return BETWEEN.sub(" ", " ".join(read(f"<article>{html}</article>").words)).replace(" ", "")


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_shows_what_its_markdown_says_and_nothing_else(client, slug):
    markdown = client.get(f"/developers/{slug}.md").content.decode()
    plain = MarkdownIt("commonmark").enable("table").render(markdown)
    shown = client.get(PAGES[slug].path).content.decode()
    (article,) = re.findall(r"<article[^>]*>(.*)</article>", shown, re.DOTALL)
    assert words(article) == words(plain)


@pytest.mark.parametrize("slug", PAGES)
def test_nothing_is_left_to_be_filled_in(client, slug):
    markdown = client.get(f"/developers/{slug}.md").content.decode()
    assert "{{" not in markdown
    assert markdown.startswith(f"# {PAGES[slug].title}\n\n{PAGES[slug].sentence}\n")


def test_markdown_is_served_as_markdown_and_lists_as_text(client):
    assert client.get("/developers/cancel.md")["Content-Type"] == "text/markdown; charset=utf-8"
    for address in ("/llms.txt", "/llms-full.txt"):
        assert client.get(address)["Content-Type"] == "text/plain; charset=utf-8"
    assert client.get("/developers.md").content == client.get("/developers/overview.md").content


def test_the_list_for_machines_names_every_page_with_its_sentence(client, known_host):
    listed = client.get("/llms.txt", headers={"host": HOST}).content.decode()
    assert listed.startswith("# NotPanel: API\n\n> ")
    for page in PAGES.values():
        assert f"- [{page.title}](http://{HOST}/developers/{page.slug}.md): {page.sentence}\n" in listed
    assert f"(http://{HOST}/developers/openapi.json)" in listed
    assert f"(http://{HOST}/llms-full.txt)" in listed


def test_all_in_one_is_all_of_them(client):
    whole = client.get("/llms-full.txt").content.decode()
    for slug in PAGES:
        assert client.get(f"/developers/{slug}.md").content.decode() in whole


# --- The reader's address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_reader_s_own_host_and_scheme_stand_in_every_example(client, known_host, scheme):
    for slug in ("place-order", "manage-webhooks", "getting-started"):
        shown = client.get(PAGES[slug].path, headers={"host": HOST}, secure=scheme == "https").content.decode()
        programs = [code for group in read(shown).groups if group.sent for code in group.programs.values()]
        assert programs
        for code in programs:
            assert f"{scheme}://{HOST}/api/v2" in code
            assert code.count("://") - code.count("https://example.") == 1


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        'panel.example"><script>',
        "panel.example/evil",
        "panel.example'; rm -rf /",
        "panel.example:x",
        "",
    ],
)
@pytest.mark.parametrize(
    "address", ["/developers/cancel", "/developers/cancel.md", "/llms.txt", "/developers/openapi.json"]
)
def test_a_host_that_is_not_the_panel_s_is_refused_and_never_shown(client, known_host, host, address):
    answer = client.get(address, headers={"host": host})
    assert answer.status_code == 400
    assert b"<script>" not in answer.content
    assert b"evil" not in answer.content


def test_readers_of_two_hosts_each_see_their_own(client, known_host):
    for host in ("panel.example", "localhost", "panel.example"):
        assert (
            f"curl -sS http://{host}/api/v2 "
            in client.get("/developers/balance.md", headers={"host": host}).content.decode()
        )


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/developers/cancel.md", "/developers/openapi.json", "/llms.txt", "/llms-full.txt"]
)
def test_what_machines_read_may_be_kept_and_is_not_sent_again(client, address):
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=300"
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pages_are_made_once_whoever_reads_them(client, known_host, monkeypatch):
    addresses = [
        "/developers/cancel",
        "/developers/cancel.md",
        "/developers/openapi.json",
        "/developers/search?q=action=cancel",
    ]
    for address in addresses:
        client.get(address)
    monkeypatch.setattr("dashboard.developers.writing.part", lambda *_: pytest.fail("made again"))
    monkeypatch.setattr("dashboard.developers.views.rendered", lambda *_: pytest.fail("rendered again"))
    for address, port in itertools.product(addresses, (8443, 9443)):
        answer = client.get(address, headers={"host": f"panel.example:{port}"})
        assert answer.status_code == 200
        assert f"http://panel.example:{port}" in answer.content.decode()
        assert "panel.invalid" not in answer.content.decode()
    assert client.get("/developers/cancel")["Cache-Control"] == "private, no-cache"


def test_tiers_are_shown_as_they_are_now(client, tiers):
    from accounts.models import Tier

    assert "| Agency | 5000.00 USD | 5000 a minute |" in client.get("/developers/rate-limits.md").content.decode()
    Tier.objects.filter(name="Agency").update(requests_per_minute=7000)
    assert "| Agency | 5000.00 USD | 7000 a minute |" in client.get("/developers/rate-limits.md").content.decode()


def test_other_methods_and_other_pages_are_refused(client):
    assert client.post("/developers/cancel").status_code == 405
    for address in ("/developers/none", "/developers/none.md", "/developers/openapi.yaml"):
        assert client.get(address).status_code == 404
    moved = client.get("/developers/overview")
    assert (moved.status_code, moved["Location"]) == (301, "/developers")


def test_it_is_for_anybody_and_asks_nothing_of_other_hosts(client):
    for page in PAGES.values():
        shown = client.get(page.path).content.decode()
        assert re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?!/)([^"]*)"', shown) == []
        assert " style=" not in shown
        assert not re.search(r"\son\w+=", shown)
