"""What a new panel begins with, whatever its operator has set."""

import json

import pytest

from accounts.models import ApiKey
from notpanel import first_run
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
