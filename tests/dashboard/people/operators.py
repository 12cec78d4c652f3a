"""The admin's own log-in is no way round an operator's second factor; by the log-in for everybody he comes there."""

import pytest
from django.urls import reverse

from accounts.operations import create_operator
from tests.dashboard.people.conftest import PASSWORD, code, log_in, turn_on_totp
from tests.dashboard.people.passkey import Passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(tiers):
    return create_operator(email="bob@panel.example", password=PASSWORD)


def by_the_admins(client):
    return client.post(reverse("admin:login"), {"username": "bob@panel.example", "password": PASSWORD})


@pytest.mark.parametrize("turn_on", [turn_on_totp, lambda user: Passkey().belongs_to(user)], ids=["app", "passkey"])
def test_is_refused_at_the_admins_log_in_and_shown_the_other(client, bob, turn_on):
    turn_on(bob)
    answer = by_the_admins(client)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "This account has a second factor on: <a" in page
    assert 'href="/accounts/login/?next=%2Fadmin%2F"' in page
    assert client.get("/admin/").status_code == 302


def test_a_wrong_password_learns_nothing_of_it(client, bob):
    turn_on_totp(bob)
    answer = client.post(reverse("admin:login"), {"username": bob.email, "password": "wrong"})
    assert b"second factor" not in answer.content


def test_comes_to_the_admin_by_password_and_code(client, bob):
    secret = turn_on_totp(bob)
    assert log_in(client, bob.email, next="/admin/")["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_without_one_the_admins_log_in_works_as_before(client, bob):
    assert by_the_admins(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_no_screen_of_the_admin_shows_or_writes_what_is_allauths(client, bob):
    client.force_login(bob)
    for page in ("account/emailaddress", "mfa/authenticator", "usersessions/usersession"):
        assert client.get(f"/admin/{page}/").status_code == 404
