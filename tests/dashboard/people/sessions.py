"""Where one is logged in: seen, and ended from anywhere else."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.operations import create_operator
from accounts.tasks import forget_sessions
from dashboard.people import sessions
from dashboard.templatetags.people import browser
from kit.redis import cache
from tests.dashboard.people.conftest import PASSWORD, is_logged_in, log_in, text

pytestmark = pytest.mark.django_db
PAGE = "/accounts/sessions/"


def test_shows_each_browser_and_marks_this_one(alice):
    here, there = Client(HTTP_USER_AGENT="Here 1.0"), Client(HTTP_USER_AGENT="There <b> 2.0", REMOTE_ADDR="203.0.113.7")
    log_in(here, alice.email)
    log_in(there, alice.email)
    page = here.get(PAGE)
    assert "Here 1.0 this one 127.0.0.1" in text(page)
    assert "There <b> 2.0 203.0.113.7" in text(page)
    assert b"There <b>" not in page.content


def test_logs_out_everywhere_else(alice):
    here, there = Client(), Client()
    log_in(here, alice.email)
    log_in(there, alice.email)
    here.post(PAGE)
    assert (is_logged_in(here), is_logged_in(there)) == (True, False)
    assert UserSession.objects.count() == 1


def test_nobody_elses_are_shown_or_ended(alices, tiers):
    bob = create_operator(email="bob@panel.example", password=PASSWORD)
    bobs = Client(HTTP_USER_AGENT="Bob's")
    log_in(bobs, bob.email)
    assert "Bob's" not in text(alices.get(PAGE))
    alices.post(PAGE)
    assert is_logged_in(bobs)


def test_an_operator_who_came_by_the_admins_log_in_is_in_the_list_too(client, tiers):
    create_operator(email="bob@panel.example", password=PASSWORD)
    client.post("/admin/login/", {"username": "bob@panel.example", "password": PASSWORD})
    assert UserSession.objects.get().user.email == "bob@panel.example"


def test_the_address_is_the_one_before_the_trusted_proxies(client, alice, settings):
    settings.TRUSTED_PROXIES = ["1"]
    client.post(
        "/accounts/login/",
        {"login": alice.email, "password": PASSWORD},
        headers={"X-Forwarded-For": "1.2.3.4, 2001:db8::7"},
    )
    assert UserSession.objects.get().ip == "2001:db8::7"


def test_an_address_that_is_none_breaks_nothing(client, alice):
    log_in(Client(REMOTE_ADDR=""), alice.email)
    assert UserSession.objects.get().ip == "0.0.0.0"


def test_when_one_was_seen_is_noted_once_in_a_while(alices, alice):
    UserSession.objects.update(last_seen_at="2020-01-01T00:00Z")
    alices.get("/dashboard")
    assert UserSession.objects.get().last_seen_at.year == 2020
    cache().client.flushdb()
    alices.get("/dashboard")
    assert UserSession.objects.get().last_seen_at.year > 2020


@pytest.mark.parametrize("page", ["/", "/dashboard", "/accounts/login/", "/admin/"])
def test_a_cookie_that_no_session_can_have_is_none(client, tiers, page):
    nonsense = 'sessionid="' + "\\000" * 32 + '"'
    assert client.get(page, HTTP_COOKIE=nonsense).status_code == client.get(page).status_code


def test_pages_that_do_not_ask_whose_they_are_note_nothing(client, monkeypatch):
    monkeypatch.setattr(sessions, "_is_news", None)
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("says", "is_called"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.0", "curl/8.0"),
        ("", "unknown"),
    ],
)
def test_a_browser_is_called_by_its_name(says, is_called):
    assert browser(says) == is_called


def test_what_has_ended_is_forgotten(alice, time):
    here = Client()
    for each in (here, Client(), Client()):
        log_in(each, alice.email, remember="on")
    here.post("/accounts/logout/")
    assert (Session.objects.count(), UserSession.objects.count()) == (2, 3)
    assert forget_sessions() == 0
    assert UserSession.objects.count() == 2
    time.move(days=15)
    assert forget_sessions() == 2
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)
