"""Whoever is logged in, before pages of orders and services."""

import pytest
from django.test import Client

from tests.conftest import Person


@pytest.fixture
def alices(client: Client, alice: Person) -> Client:
    """A browser in which alice is logged in."""
    client.force_login(alice.user)
    return client
