"""Browsers that somebody is logged in with."""

import pytest
from django.test import Client

from tests.conftest import Person


@pytest.fixture
def alices(client: Client, alice: Person) -> Client:
    """A browser that alice is logged in with."""
    client.force_login(alice.user)
    return client


@pytest.fixture
def bobs(bob: Person) -> Client:
    """Another one, bob's."""
    client = Client()
    client.force_login(bob.user)
    return client
