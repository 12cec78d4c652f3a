"""What a new panel begins with, whatever its operator has set."""

import json

import pytest
from django.test import Client

from accounts.models import ApiKey, User
from accounts.operations import set_password
from notpanel import banner, first_run
from notpanel.home import Home
from tests.demo import demo

__all__ = ["demo"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tiers")]


@pytest.mark.parametrize("default", ["standard", "classic"])
def test_the_first_key_speaks_what_the_documentation_shows(demo, settings, tmp_path, post, default):
    settings.API_DEFAULT_DIALECT, settings.HOME = default, Home(tmp_path)
    settings.DEMO_PROVIDER_PORT = int(demo.url.rpartition(":")[2].partition("/")[0])
    (tmp_path / "demo-provider.key").write_text(demo.key)
    first_run.prepare(print)
    made = json.loads((tmp_path / "first-run.json").read_text())
    assert ApiKey.objects.get().dialect == "standard"
    answer = post(key=made["api_key"], action="status", order="1")
    assert (answer.status, answer.json) == (400, {"error": "Order not found"})


@pytest.fixture
def prepared(demo, settings, tmp_path):
    """Prepare a panel as `make up` does, again and again; return what it has kept."""
    settings.HOME = Home(tmp_path)
    settings.DEMO_PROVIDER_PORT = int(demo.url.rpartition(":")[2].partition("/")[0])
    (tmp_path / "demo-provider.key").write_text(demo.key)

    def prepare():
        first_run.prepare(print)
        return json.loads((tmp_path / "first-run.json").read_text())

    return prepare


def log_in(email, password):
    return Client().post("/accounts/login/", {"login": email, "password": password})


def test_the_operator_and_the_reseller_log_in_with_what_is_printed(prepared, tmp_path):
    made = prepared()
    printed = banner.text(tmp_path / "first-run.json", "http://127.0.0.1:8000")
    for who, email, password in (
        ("Operator log-in ", made["email"], made["password"]),
        ("Reseller log-in ", made["reseller_email"], made["reseller_password"]),
    ):
        assert f"  {who}  {email}  {password}\n" in printed
        assert log_in(email, password)["Location"] == "/dashboard"
    assert prepared() == made


def test_a_log_in_that_works_no_more_is_printed_no_more(prepared, tmp_path):
    made = prepared()
    set_password(user=User.objects.get(email=made["reseller_email"]), password="another horse battery")
    again = prepared()
    assert {"reseller_email", "reseller_password"} & set(again) == set()
    assert again["password"] == made["password"]
    assert "Reseller log-in" not in banner.text(tmp_path / "first-run.json", "http://127.0.0.1:8000")


def test_a_reseller_from_before_there_was_a_dashboard_gets_a_password(prepared):
    made = prepared()
    user = User.objects.get(email=made["reseller_email"])
    user.set_unusable_password()
    user.save()
    again = prepared()
    assert log_in(again["reseller_email"], again["reseller_password"])["Location"] == "/dashboard"
