"""What the tests of the providers' room share."""

import pytest

from providers.models import Provider
from providers.operations import add_provider
from tests.demo import demo

__all__ = ["demo"]


@pytest.fixture
def kept(db: None) -> Provider:
    """A provider that nobody speaks to."""
    return add_provider(
        name="Panel", url="https://panel.example/api/v2", key="a-key-to-keep-secret", actor="alice@example.com"
    )
