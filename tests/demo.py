"""The demo provider for any room's tests: import the fixture `demo` into the room's conftest."""

from collections.abc import Iterator

import pytest

from providers.demo.running import DemoProvider


@pytest.fixture
def demo() -> Iterator[DemoProvider]:
    """Return a demo provider of one's own, with `.url`, `.key`, `.control(…)`, `.orders()` and `.calls()`."""
    with DemoProvider() as running:
        yield running
