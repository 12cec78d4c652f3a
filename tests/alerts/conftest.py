"""A mail server, and a panel that mails its operator by it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.alerts.smtp import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as running:
        yield running


@pytest.fixture
def mailed(server: MailServer, settings: Any) -> MailServer:
    """The settings of a panel that mails bob by it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.OPERATOR_EMAIL = ["bob@panel.example", "second@panel.example"]
    settings.DEFAULT_FROM_EMAIL = "panel@panel.example"
    settings.PANEL_URL = "https://panel.example"
    return server
