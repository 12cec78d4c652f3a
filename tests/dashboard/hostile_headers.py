"""Headers that no browser sends, which no page fails for."""

from typing import Any

import pytest
from django.test import Client

from tests.conftest import call_wsgi, wsgi_environ


@pytest.mark.django_db(transaction=True)  # a request ends its connection
@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "rot13", "punycode", "hex", "idna"])
def test_reads_utf_8_whatever_a_header_says(charset: str) -> None:
    asked: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/services", "QUERY_STRING": "q=%2B2AA-%5Cud800"}
    assert call_wsgi(wsgi_environ(**asked, CONTENT_TYPE=f"text/plain; charset={charset}")).status == 200


@pytest.mark.django_db
def test_takes_a_session_with_a_nul_for_none(client: Client) -> None:
    answer = client.get("/dashboard", HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"')
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=/dashboard")
