"""Addresses that lead to others, and what programs ask every site for."""

import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from dashboard.developers.pages import PAGES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/services/", "/services"),
        ("/services/?q=likes&page=2", "/services?q=likes&page=2"),
        ("/faq//", "/faq"),
        ("/developers/", "/developers"),
        ("/dashboard/", "/dashboard"),
        ("/dashboard/orders/", "/dashboard/orders"),
        ("/status/", "/status"),
    ],
)
def test_a_slash_too_many_leads_to_the_page_that_was_meant(client: Client, asked: str, meant: str) -> None:
    for ask in (client.get, client.head):
        answer = ask(asked)
        assert (answer.status_code, answer.headers["Location"]) == (301, meant)


@pytest.mark.parametrize(
    "path", ["/nothing/", "/accounts/nothing/", "/api/v3/", "//evil.example/", "/faq/x/", "//faq/"]
)
def test_leads_nowhere_where_there_is_no_page(client: Client, path: str) -> None:
    answer = client.get("/", PATH_INFO=path)
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_form_is_not_led_on(client: Client) -> None:
    answer = client.post("/services/", {"q": "likes"})
    assert answer.status_code == 404


def test_the_admins_addresses_keep_their_slashes(client: Client) -> None:
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/accounts/login/").status_code == 200


def test_searches_are_kept_off_what_is_not_public(client: Client, settings) -> None:
    settings.PANEL_URL = "https://panel.example"
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert {"Disallow: /dashboard", "Disallow: /admin/", "Disallow: /accounts/", "Disallow: /api/"} <= set(lines)
    assert lines[-1] == "Sitemap: https://panel.example/sitemap.xml"


def test_every_public_page_is_listed_and_is_there(client: Client, settings) -> None:
    settings.PANEL_URL = "https://panel.example"
    answer = client.get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    found = [each.text or "" for each in ElementTree.fromstring(answer.content).iter() if each.tag.endswith("}loc")]
    assert {
        "https://panel.example/",
        "https://panel.example/services",
        "https://panel.example/developers/errors",
    } <= set(found)
    assert len(found) == len(set(found)) == 7 + len(PAGES)
    for url in found:
        assert client.get(url.removeprefix("https://panel.example")).status_code == 200, url


def test_the_icon_is_found_without_reading_a_page(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/static/notpanel/icon.svg")


def test_no_search_engine_lists_what_went_wrong(client: Client) -> None:
    assert re.search(r'<meta name="robots" content="noindex">', client.get("/nothing").content.decode())
