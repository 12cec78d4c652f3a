"""What docs/webhooks.md promises is what the settings say, and its consoles answer as they are printed."""

import re
import shlex
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.conftest import call_wsgi, wsgi_environ
from tests.waiting import wait_until
from tests.webhooks.documented import PAGE, blocks, free_port, programs, running
from tests.webhooks.documented_receivers import VERIFYING
from webhooks import signing
from webhooks.dispatching import dispatch
from webhooks.models import ENDPOINTS_PER_KEY, LARGEST_BODY, Delivery
from webhooks.operations.endpoints import OLD_SECRET_LASTS

ATTEMPT = re.compile(r"^\| (\d+) \| (?:at once|(\d+) (s|min|h)) \|$", re.MULTILINE)
SECONDS = {"s": 1, "min": 60, "h": 3600, "": 0}
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:[^$].*\n)*)", re.MULTILINE)
TEXT = " ".join(PAGE.read_text(encoding="utf-8").split())


def test_the_schedule_is_the_one_of_the_settings():
    attempts = ATTEMPT.findall(PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in attempts] == list(range(1, len(settings.WEBHOOK_SCHEDULE) + 2))
    assert [int(count or 0) * SECONDS[unit] for _, count, unit in attempts] == [0, *settings.WEBHOOK_SCHEDULE]


def promises():
    failures, seconds = settings.WEBHOOK_CIRCUIT
    words = {5: "five", 10: "ten", 60: "a minute"}
    return [
        f"within {settings.WEBHOOK_TIMEOUT} seconds",
        f"That is about {sum(settings.WEBHOOK_SCHEDULE) / 3600:.0f} hours in all",
        f"up to {100 * settings.WEBHOOK_JITTER:.0f} % is added to each",
        f"honoured where it asks for longer, up to {settings.WEBHOOK_LONGEST_RETRY_AFTER // 3600} hours",
        f"{words[settings.WEBHOOK_DISABLE_AFTER // 86_400]} days without one success",
        f"**{words[failures].capitalize()} failures in a row**: one attempt {words[seconds]}",
        f"for {settings.WEBHOOK_KEEP_DAYS} days you can send it again",
        f"For {OLD_SECRET_LASTS.total_seconds() / 3600:.0f} hours both sign",
        f"A key has up to {ENDPOINTS_PER_KEY} addresses",
        f"JSON, under {LARGEST_BODY // 1000} kB",
    ]


@pytest.mark.parametrize("promise", promises())
def test_the_page_says(promise):
    assert promise in TEXT


def test_every_program_of_the_page_is_run():
    assert set(programs()) == {*VERIFYING, "look.py"}
    assert len(VERIFYING) == 6


def test_only_settings_that_there_are_switch_private_addresses_on():
    (command,) = [command for command, _ in steps() if command.endswith("make up")]
    for assignment in shlex.split(command)[:-2]:
        name, _, value = assignment.partition("=")
        assert hasattr(settings, name)
        assert value == {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8"}[name]


def steps():
    """Each command of the page with the answer that is printed under it."""
    return [step for block in blocks("console") for step in COMMAND.findall(block)]


def registering(panel):
    """The two steps at this panel's address: register, and ask for a test."""
    return [(command, answer.strip()) for command, answer in steps() if panel in command]


def typed(command, key, webhook):
    """Post what a curl of the page posts, by the door it comes in by; return the answer."""
    words = shlex.split(command.replace("\\\n", " ").replace("whk_…", webhook))
    assert words[:2] == ["curl", "-s"]
    fields = [words[at + 1].partition("=") for at, word in enumerate(words) if word == "-d"]
    form = {name: key if value == "$KEY" else value for name, _, value in fields}
    return call_wsgi(wsgi_environ(urlencode(form).encode()))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("panel", "address"),
    [
        ("https://panel.example/api/v2", "https://shop.example/notpanel"),
        ("http://127.0.0.1:8000/api/v2", "http://127.0.0.1:9000/"),
    ],
)
def test_what_is_typed_registers_an_address_and_brings_a_test_there(alice, locally, panel, address):
    port, webhook = free_port(), "none yet"
    assert len(registering(panel)) == 2
    with running("look.py", signing.new_secret(), port) as receiver:
        for command, printed in registering(panel):
            answer = typed(command.replace(address, receiver.url), alice.key, webhook)
            expected = printed.replace(address, receiver.url)
            assert re.fullmatch(".+?".join(map(re.escape, expected.split("…"))), answer.body.decode()), answer.body
            webhook = answer.json["webhook"]
        dispatch()
        event = answer.json["event"]
        assert Delivery.objects.get().state == "delivered"
        wait_until(lambda: '"type":"webhook.test"' in receiver.output, "the receiver shows the test")
        assert f"webhook-id: {event}\n" in receiver.output
        assert_headers_are_those_of_the_page(receiver.output)


def assert_headers_are_those_of_the_page(shown):
    """Whatever the page shows has come, beside what every HTTP client sends."""
    (page,) = blocks("http")
    documented = {line.partition(":")[0].lower() for line in page.partition("\n\n")[0].splitlines()[1:]}
    came = {line.partition(":")[0].lower() for line in shown.partition("\n\n")[0].splitlines()}
    assert came == documented | {"host", "accept", "content-length"}
