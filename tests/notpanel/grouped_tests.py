"""The suite's own order: tests of one group run in one worker, one after the other."""

import pytest


@pytest.mark.xdist_group("a group of one")
def test_groups_are_heeded(request):
    """With a pytest and a pytest-xdist that do not fit each other, a group is silently none: requirements-dev.txt."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("there are no workers to send groups to")
    assert request.node.nodeid.endswith("@a group of one")
