"""Alice at her pages of keys."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey
from events.models import Event
from tests.conftest import Person

PASSWORD = "correct horse battery"
SETTINGS = {"name": "shop", "dialect": "standard", "allowed_ips": "", "requests_per_minute": "", "expires_on": ""}
VALUE = re.compile(r"np_live_[0-9A-Za-z]{49}")


@pytest.fixture
def alices(client: Client, alice: Person) -> Client:
    """Alice's browser, logged in; her password is PASSWORD."""
    alice.user.set_password(PASSWORD)
    alice.user.save()
    client.force_login(alice.user)
    return client


def proved(**form: Any) -> dict[str, Any]:
    """Return the form with the right password."""
    return {"proof-password": PASSWORD, **form}


def state() -> list[Any]:
    """Return every row that these pages could change."""
    return [list(model.objects.order_by("pk").values()) for model in (ApiKey, Event)]


def value_in(answer: Any) -> str:
    """Return the key that a page shows."""
    found = set(VALUE.findall(answer.content.decode()))
    assert len(found) == 1
    return str(found.pop())
