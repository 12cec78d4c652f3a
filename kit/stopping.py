"""Whether this worker has been asked to stop: told to the parent, known by its children."""

from multiprocessing import RawValue

# Shared memory without a lock: a child that is killed while it looks leaves nobody waiting.
_asked = RawValue("b", 0)


def ask() -> None:
    """Have every process that was forked from this one begin nothing new."""
    _asked.value = 1


def asked() -> bool:
    """Return whether work should come to its end."""
    return bool(_asked.value)
