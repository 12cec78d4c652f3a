"""What the tests of the providers' room share."""

from datetime import timedelta

import pytest

from kit import clock
from providers.models import Provider
from providers.operations import add_provider
from tests.demo import demo

__all__ = ["demo"]


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = clock.timestamp()

    def move(self, **by: float) -> None:
        """Let time pass: `move(hours=24)`."""
        self.at += timedelta(**by).total_seconds()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Hold the panel's clock (not the demo provider's) and move it by hand."""
    held = Time()
    monkeypatch.setattr(clock, "timestamp", lambda: held.at)
    return held


@pytest.fixture
def kept(db: None) -> Provider:
    """A provider that nobody speaks to."""
    return add_provider(
        name="Panel", url="https://panel.example/api/v2", key="a-key-to-keep-secret", actor="alice@example.com"
    )
