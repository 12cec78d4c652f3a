"""What the tests of the providers' room share."""

from tests.demo import demo

__all__ = ["demo"]
