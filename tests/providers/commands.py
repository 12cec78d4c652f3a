"""The commands: adding a provider, and the demo provider as a process of its own."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from providers.client import Client
from providers.demo.running import DemoProvider
from providers.models import Provider
from providers.outcomes import Placed
from tests.providers.scripted import closed_port

ROOT = Path(__file__).parents[2]
Started = tuple["subprocess.Popen[str]", str]


def said(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=out)
    return out.getvalue().strip()


@pytest.mark.django_db
def test_adding_says_what_we_have_there(demo: DemoProvider) -> None:
    assert said("add_provider", "Demo", demo.url, demo.key) == "Added Demo. Our balance there is 1000000.00 USD."
    provider = Provider.objects.get()
    assert (provider.name, provider.last_balance, provider.failing_since) == ("Demo", Decimal(1_000_000), None)
    assert [call["action"] for call in demo.calls()] == ["balance"]


@pytest.mark.django_db
def test_adding_prints_json_for_a_program(demo: DemoProvider) -> None:
    assert json.loads(said("add_provider", "Demo", demo.url, demo.key, "--json")) == {
        "id": Provider.objects.get().pk,
        "name": "Demo",
        "url": demo.url,
        "balance": "1000000.00",
        "currency": "USD",
        "problem": None,
    }


@pytest.mark.django_db
def test_adding_reads_the_key_from_standard_input(demo: DemoProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{demo.key}\n"))
    assert said("add_provider", "Demo", demo.url, "-") == "Added Demo. Our balance there is 1000000.00 USD."


@pytest.mark.django_db
def test_adding_says_why_a_provider_does_not_answer() -> None:
    port = closed_port()
    problem = f"The provider cannot be reached: 127.0.0.1 refuses connections on port {port}."
    told = said("add_provider", "Gone", f"http://127.0.0.1:{port}/api/v2", "k")
    assert told == f"Added Gone. It did not tell its balance: {problem}"
    assert Provider.objects.get().failure == problem


@pytest.mark.django_db
def test_adding_says_that_the_key_is_wrong(demo: DemoProvider) -> None:
    told = json.loads(said("add_provider", "Demo", demo.url, "wrong", "--json"))
    assert (told["balance"], told["problem"]) == (None, "The provider says: Invalid API key")


@pytest.mark.django_db
def test_adding_refuses_in_one_sentence(demo: DemoProvider) -> None:
    said("add_provider", "Demo", demo.url, demo.key)
    with pytest.raises(CommandError, match="There is a provider named 'Demo' already"):
        said("add_provider", "Demo", demo.url, demo.key)
    with pytest.raises(CommandError, match="is no address"):
        said("add_provider", "Other", "nowhere", demo.key)
    assert Provider.objects.count() == 1


@contextlib.contextmanager
def demo_process(home: Path, *args: str) -> Iterator[Started]:
    """Run `manage.py demo_provider` and give the process and its first line, once it listens."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo_provider", "--port", "0", *args],
        cwd=ROOT,
        env=os.environ | {"PANEL_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            yield process, process.stdout.readline()
        finally:
            process.kill()


def address_in(line: str) -> str:
    assert line.startswith("demo provider at http://127.0.0.1:"), line
    return line.split()[3].rstrip(";")


def test_the_demo_provider_keeps_its_key_and_its_orders_over_a_kill(tmp_path: Path) -> None:
    with demo_process(tmp_path) as (process, line):
        key = (tmp_path / "demo-provider.key").read_text().strip()
        client = Client(address_in(line), key, 10)
        assert client.add(service=1, link="https://example.com/a", quantity=100) == Placed("1", '{"order": 1}')
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with demo_process(tmp_path) as (_, line):
        client = Client(address_in(line), key, 10)
        assert client.balance() == (Decimal("999999.91"), "USD")
        assert client.add(service=1, link="https://example.com/a", quantity=100) == Placed("2", '{"order": 2}')


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_provider_stops_when_told(tmp_path: Path, how: signal.Signals) -> None:
    with demo_process(tmp_path, "--key", "k") as (process, line):
        assert Client(address_in(line), "k", 10).balance() == (Decimal(1_000_000), "USD")
        process.send_signal(how)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "demo provider stopped\n", "")


def test_the_demo_provider_says_in_one_line_what_is_in_its_way(tmp_path: Path, demo: DemoProvider) -> None:
    port = demo.url.split(":")[2].split("/")[0]
    with demo_process(tmp_path, "--port", port) as (process, _):
        _, err = process.communicate(timeout=20)
    expected = f"127.0.0.1:{port} cannot be opened (Address already in use): choose another port with --port."
    assert process.returncode == 1
    assert err.strip().endswith(expected)
    assert "Traceback" not in err
