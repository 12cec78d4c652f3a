"""Links that open accounts stand in no log."""

import logging

import pytest

from notpanel.logs import Scrub, scrubbed, scrubbed_line
from tests.dashboard.people.conftest import link_in, mails

LINK = "/accounts/password/reset/key/1f-d0abcd-0123456789abcdef0123456789abcdef/"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f'"GET {LINK} HTTP/1.1" 302', '"GET /accounts/password/reset/key/…/ HTTP/1.1" 302'),
        ("Not Found: /accounts/confirm-email/MTI:1vKx:abc_-D/", "Not Found: /accounts/confirm-email/…/"),
        (
            "https://panel.example/accounts/confirm-email/MTI:1v/?next=/",
            "https://panel.example/accounts/confirm-email/…/?next=/",
        ),
        ("the key np_live_ABCDEF0123 was", "the key np_live_… was"),
        ("GET /accounts/confirm-email/", "GET /accounts/confirm-email/"),
        ("GET /accounts/password/reset/", "GET /accounts/password/reset/"),
    ],
)
def test_a_line_keeps_what_is_no_secret(line, kept):
    assert scrubbed(line) == kept
    assert scrubbed_line(line.encode()) == kept.encode()


@pytest.mark.django_db
def test_a_link_that_fails_is_logged_without_what_it_opens(client, alice, caplog):
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = link_in(mails()[0])
    key = link.rpartition("/key/")[2]
    caplog.clear()
    client.get(f"{link}more/than/that")
    client.get(link.replace("/password/reset/key/", "/confirm-email/"))
    for record in caplog.records:
        Scrub().filter(record)
        assert key.strip("/") not in logging.Formatter().format(record)
