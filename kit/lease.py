"""A lease that one process holds at a time and that ends by itself: for work that two need not do at once.

It saves work; it does not make anything safe. What must not happen twice is decided by the rows themselves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kit.ids import new_id
from kit.redis import CacheDown, Script

_take = Script("return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0")
_renew = Script(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end"
)
_give_back = Script("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held."""

    name: str
    token: str
    seconds: float

    def renew(self) -> None:
        """Hold it for the same time again."""
        _quietly(_renew, self.name, self.token, int(self.seconds * 1000))


@contextmanager
def lease(name: str, *, seconds: float) -> Iterator[Lease | None]:
    """Hold the lease of this name for the block; None where another holds it. Without Redis everyone holds it."""
    mine = Lease(f"lease:{name}", str(new_id()), seconds)
    taken = _quietly(_take, mine.name, mine.token, int(seconds * 1000))
    try:
        yield mine if taken else None
    finally:
        if taken:
            _quietly(_give_back, mine.name, mine.token)


def _quietly(script: Script, name: str, *args: str | int) -> bool:
    try:
        return bool(script([name], list(args)))
    except CacheDown:
        return True
