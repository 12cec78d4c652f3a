"""Endpoints of alice's, and their pages."""

import pytest

from tests.conftest import Person
from tests.webhooks.conftest import Listen, listen, locally
from webhooks.models import Endpoint

__all__ = ["listen", "locally"]
URL = "http://127.0.0.1:9999/alices-own-address"


@pytest.fixture
def endpoint(alice: Person, listen: Listen) -> Endpoint:
    """Alice's endpoint, which hears everything."""
    return listen(alice, URL)
