"""Connections to strangers: a name looked up once for each, every address checked, and again where a socket opens."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from webhooks.addresses import may_be_reached
from webhooks.resolving import LookUp, NotAllowed, public_addresses

LOOK_UPS = 64  # at once. Each slow name takes one, for as long as the system's resolver tries: 10 to 40 s
IDLE = 1.5  # seconds for which a connection waits to be used again; servers close theirs after 2 s or more

opened: ContextVar[list[str]] = ContextVar("opened")  # the addresses to which an attempt has opened sockets


class Names:
    """Look-ups in threads of their own. Those of one name at one moment share one, so that it takes one thread."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")
        self._asked: dict[str, asyncio.Future[list[str]]] = {}

    async def addresses(self, host: str) -> list[str]:
        """Return where the host may be reached.

        :raises NotAllowed: :raises OSError: as `resolving.public_addresses` does.
        """
        asked = self._asked.get(host)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, public_addresses, host, self._look_up)
            self._asked[host] = asked
            asked.add_done_callback(lambda _: self._asked.pop(host))
        # Whoever gives up leaves the look-up to the others.
        return await asyncio.shield(asked)

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
