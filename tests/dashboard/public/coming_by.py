"""The home page: what a stranger sees, and what somebody who is logged in does."""

import re
import shlex

import pytest
from django.test import Client

from dashboard.operations import edit_text
from tests.admin.conftest import text
from tests.conftest import MakeService, Person, Post

pytestmark = pytest.mark.django_db
AN_ORDER = re.compile(r"ord_[0-9A-Z]{26}")


def test_a_stranger_reads_what_this_is_and_where_to_go_on(client: Client) -> None:
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<h1>Services for resellers, by page and by API</h1>" in page
    assert "sells services out of a prepaid balance" in text(answer)
    for address in ("/services", "/developers", "/faq", "/terms", "/privacy", "/refunds", "/status"):
        assert f'href="{address}"' in page
    assert "Go to the dashboard" not in page


def test_somebody_who_is_logged_in_is_led_to_the_dashboard(client: Client, alice: Person) -> None:
    client.force_login(alice.user)
    page = client.get("/").content.decode()
    assert '<a class="button" href="/dashboard">Go to the dashboard</a>' in page
    assert "Sign up" not in page


def test_nobody_is_asked_to_sign_up_where_nobody_can(client: Client, settings) -> None:
    assert "Sign up" in text(client.get("/"))
    settings.SIGN_UP = False
    shown = text(client.get("/"))
    assert "Sign up" not in shown
    assert "Log in" in shown


def test_the_operators_words_stand_at_the_top(client: Client) -> None:
    edit_text(slug="front", language="en", title="Cheap <likes>", body="By **{{panel}}**.", actor="bob")
    page = client.get("/").content.decode()
    assert "<h1>Cheap &lt;likes&gt;</h1>" in page
    assert "<p>By <strong>NotPanel</strong>.</p>" in page
    assert "<title>Cheap &lt;likes&gt; · NotPanel</title>" in page


@pytest.mark.django_db(transaction=True)
def test_the_call_that_is_printed_orders_at_the_readers_own_host(
    client: Client, alice: Person, sell: MakeService, post: Post, settings
) -> None:
    settings.ALLOWED_HOSTS = ["panel.example"]
    page = text(client.get("/", headers={"Host": "panel.example"}))
    printed = re.search(r"curl -sS (\S+) (\S.*?) The answer: (\{.*?\})", page)
    assert printed
    url, words, answer = printed.groups()
    assert url == "http://panel.example/api/v2"
    sent = dict(each.split("=", 1) for each in shlex.split(words.replace("\\", "")) if "=" in each)
    assert sent.pop("key") == "$NOTPANEL_KEY"
    sell(id=int(sent["service"]))

    placed = post(key=alice.key, environ={"HTTP_HOST": "panel.example"}, **sent)

    assert placed.status == 200
    assert AN_ORDER.sub("ord_…", placed.body.decode()) == AN_ORDER.sub("ord_…", answer).replace(": ", ":")


def test_says_what_is_on_sale(client: Client, sell: MakeService) -> None:
    assert "on sale" not in text(client.get("/"))
    service = sell(category="<Likes>")
    sell(category="<Likes>", remote_id="2")
    answer = client.get("/")
    assert "2 services on sale" in text(answer)
    assert f'<a href="/services?category={service.category_id}">&lt;Likes&gt; ' in answer.content.decode()


def test_names_a_dozen_categories_and_how_many_more_there_are(client: Client, sell: MakeService) -> None:
    for number in range(14):
        sell(category=f"Category {number}", remote_id=str(number))
    page = text(client.get("/"))
    assert "14 services on sale" in page
    assert "Category 11" in page
    assert "Category 12" not in page
    assert "2 more categories" in page


def test_takes_two_statements(client: Client, sell: MakeService, django_assert_num_queries) -> None:
    for number in range(30):
        sell(category=f"Category {number}", remote_id=str(number))
    with django_assert_num_queries(2):
        client.get("/")
