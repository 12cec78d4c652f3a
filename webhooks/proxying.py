"""Through the operator's egress proxy: it is asked for an address, and only the receiver hears the name."""

from contextvars import ContextVar

import aiohttp
from aiohttp import hdrs
from aiohttp.connector import Connection

named: ContextVar[str] = ContextVar("named")  # host and port of an attempt, as its Host header has them
through: ContextVar[list[bool]] = ContextVar("through")  # whether the tunnel of an attempt stands: empty until then


class Through(aiohttp.ClientRequest):
    """A request that says its own Host inside the tunnel: aiohttp would say one given with it to the proxy as well."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send it with the Host of the name."""
        through.get().append(True)
        self.headers[hdrs.HOST] = named.get()
        return await super().send(conn)
