"""The log-in: who comes in, who is told why not, and how often one may try."""

import time
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.operations import create_operator, create_reseller, suspend, unsuspend
from kit import trying
from kit.counters import Counters
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
PLEASE = "Please enter the correct email and password for a staff account."


@pytest.fixture
def operator(tiers):
    return create_operator(email="bob@panel.example", password=PASSWORD)


@pytest.fixture(autouse=True)
def _nothing_counted_and_no_window_ends(monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # what is tried here is not its time
    monkeypatch.setattr(trying, "local", Counters())
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now))


def log_in(client, email="bob@panel.example", password=PASSWORD, **extra):
    return client.post(reverse("admin:login"), {"username": email, "password": password}, **extra)


def test_an_operator_comes_in_whatever_the_case_of_his_address(client, operator):
    assert log_in(client, "Bob@Panel.example")["Location"] == "/dashboard"
    assert client.get("/admin/").status_code == 200


def test_a_reseller_does_not(client, tiers):
    create_reseller(email="alice@example.com", password=PASSWORD)
    assert PLEASE in text(log_in(client, "alice@example.com"))
    assert client.get("/admin/").status_code == 302


def test_a_wrong_password_tells_nothing_about_the_account(client, operator):
    suspend(account_id=operator.pk, reason="left the company")
    answers = [text(log_in(client, email, "wrong")) for email in ("bob@panel.example", "nobody@panel.example")]
    for answer in answers:
        assert PLEASE in answer
        assert "left the company" not in answer


def test_a_suspended_operator_is_told_why(client, operator):
    suspend(account_id=operator.pk, reason="left the company")
    assert "This account is suspended: left the company" in text(log_in(client))
    assert client.get("/admin/").status_code == 302
    unsuspend(account_id=operator.pk)
    assert log_in(client).status_code == 302


def test_a_suspension_ends_sessions(client, operator, ordered):
    order = ordered()
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200
    suspend(account_id=operator.pk, reason="left the company")

    for page in ("/admin/", f"/admin/orders/order/{order.pk}/cancel/"):
        assert client.post(page, {"reason": "x"})["Location"].startswith("/admin/login/")
    order.refresh_from_db()
    assert order.status == "pending"


def test_the_tries_of_an_address_are_counted_over_all_e_mails(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 3
    for number in range(3):
        assert log_in(client, f"someone-{number}@example.com").status_code == 200

    answer = log_in(client)

    assert answer.status_code == 429
    assert "There were too many tries to log in from this address, or for this e-mail address." in text(answer)
    assert "Try again in 1 minute." in text(answer)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert client.get("/admin/").status_code == 302
    assert log_in(client, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_the_tries_for_an_e_mail_are_counted_over_all_addresses(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 3
    for number in range(3):
        assert log_in(client, "BOB@panel.example ", "wrong", REMOTE_ADDR=f"203.0.113.{number}").status_code == 200

    assert log_in(client, REMOTE_ADDR="203.0.113.77").status_code == 429
    assert log_in(client, "carol@panel.example", "wrong", REMOTE_ADDR="203.0.113.77").status_code == 200


def test_strangers_do_not_shut_the_operators_own_browser_out(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 3
    assert log_in(client, password="wrong").status_code == 200
    assert "known" not in client.cookies
    assert log_in(client).status_code == 302
    known = Client()
    known.cookies["known"] = client.cookies["known"].value
    for _ in range(20):
        log_in(Client(), password="wrong", REMOTE_ADDR="203.0.113.66")
    assert log_in(Client(), REMOTE_ADDR="203.0.113.5").status_code == 429
    assert log_in(known, REMOTE_ADDR="203.0.113.6").status_code == 302


def test_an_address_that_has_spent_its_tries_spends_none_of_an_e_mails(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 3
    for number in range(9):
        log_in(client, "bob@panel.example" if number >= 3 else f"someone-{number}@example.com", "wrong")
    assert log_in(client, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_looking_at_the_form_is_not_a_try(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 1
    for _ in range(3):
        assert client.get(reverse("admin:login")).status_code == 200
    assert log_in(client).status_code == 302


def test_addresses_are_counted_as_the_proxies_say_and_ipv6_by_its_64(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = 1
    log_in(client, "a@example.com", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert log_in(client, "b@example.com", HTTP_X_FORWARDED_FOR="198.51.100.2").status_code == 429

    settings.TRUSTED_PROXIES = ["1"]
    for last, status in (("1", 200), ("2", 429)):
        answer = log_in(client, f"{last}@example.com", HTTP_X_FORWARDED_FOR=f"forged, 2001:db8::{last}")
        assert answer.status_code == status


def test_off_lifts_the_limit(client, operator, settings):
    settings.RATE_LIMIT_LOGIN = None
    for _ in range(12):
        assert log_in(client, password="wrong").status_code == 200


def test_with_redis_down_each_process_counts_for_itself(client, operator, settings, redis_down):
    settings.RATE_LIMIT_LOGIN = 2
    for _ in range(2):
        assert log_in(client, password="wrong").status_code == 200
    answer = log_in(client)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert log_in(client, "carol@panel.example", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.fixture
def redis_down(monkeypatch):
    """A cache whose Redis is an address where nobody answers."""
    import kit.redis

    monkeypatch.setattr(kit.redis, "_breaker", kit.redis.Breaker("redis://127.0.0.1:9/0"))
