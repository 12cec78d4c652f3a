"""Connections to strangers: a name looked up once for each, every address checked, and again where a socket opens."""

import asyncio
import functools
import socket
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from webhooks.addresses import may_be_reached
from webhooks.resolving import LookUp, NotAllowed, public_addresses

LOOK_UPS = 64  # at once. Each slow name takes one, for as long as the system's resolver tries: 10 to 40 s
IDLE = 1.5  # seconds for which a connection waits to be used again; servers close theirs after 2 s or more

MOST_TAKEN = 32_768  # bytes of an answer that are parsed, its headers and all 1xx before them included

opened: ContextVar[list[str]] = ContextVar("opened")  # the addresses to which an attempt has opened sockets


class Bounded(ResponseHandler):
    """An answer of which no more than MOST_TAKEN bytes are parsed: one of endless 1xx would hold up everybody else's.

    aiohttp itself bounds each head, and how much of a body waits to be read, but not the number of heads.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._came = 0

    def set_response_params(self, **given: Any) -> None:
        """Begin with the next answer."""
        self._came = 0
        super().set_response_params(**given)

    def data_received(self, data: bytes) -> None:
        """Parse what there is room for, and then read no more."""
        room = MOST_TAKEN - self._came
        self._came += len(data)
        if room > 0:
            super().data_received(data[:room])
        if self._came > MOST_TAKEN:
            if self.transport is not None:
                self.transport.pause_reading()
            self.set_exception(HttpProcessingError(message="too long an answer"))


class Names:
    """Look-ups in threads of their own. Those of one name at one moment share one, so that it takes one thread."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")
        self._asked: dict[str, asyncio.Future[list[str]]] = {}
        self._begun: set[str] = set()

    async def addresses(self, host: str) -> list[str]:
        """Return where the host may be reached.

        :raises NotAllowed: :raises OSError: as `resolving.public_addresses` does.
        """
        asked = self._asked.get(host)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, self._begin, host)
            self._asked[host] = asked
            asked.add_done_callback(functools.partial(self._end, host))
        # Whoever gives up leaves the look-up to the others.
        return await asyncio.shield(asked)

    def are_queued(self, host: str) -> bool:
        """Return whether the host is to be looked up and no thread has come to it yet: others' names hold them all."""
        return host in self._asked and host not in self._begun

    def _begin(self, host: str) -> list[str]:
        self._begun.add(host)
        return public_addresses(host, self._look_up)

    def _end(self, host: str, asked: asyncio.Future[list[str]]) -> None:
        del self._asked[host]
        self._begun.discard(host)
        if not asked.cancelled():
            asked.exception()  # where nobody waits for it any more, it is no news: asyncio would log a trace

    def close(self) -> None:
        """Begin no more look-ups; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Resolver(AbstractResolver):
    """What aiohttp asks for the addresses of a name. It does not ask for those of an address: the socket checks."""

    def __init__(self, names: Names) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of the host, each checked."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._names.addresses(host)
        ]

    async def close(self) -> None:
        """Nothing is held here."""


def open_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    """Return a socket for the address it is about to be connected to.

    :raises NotAllowed: where that one may not be reached.
    """
    family, kind, protocol, _, (address, *_) = info
    if not may_be_reached(str(address)):
        raise NotAllowed(f"{address} is not a public address")
    opened.get().append(str(address))
    return socket.socket(family, kind, protocol)
