"""One attempt: a message signed, posted, and what came of it. Nothing here reads or writes the database."""

import asyncio
import functools
import ssl
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from aiohttp import hdrs
from django.conf import settings
from yarl import URL

from webhooks import answers, faults, signing, urls
from webhooks.connecting import IDLE, Bounded, Names, Resolver, open_socket, opened
from webhooks.outcomes import Answered, Message, NotAnswered, NotBegun, OurFault, Outcome
from webhooks.proxying import Through, named, through
from webhooks.resolving import LookUp

VERSION = "0.1.0"
HEADERS = {
    hdrs.CONTENT_TYPE: "application/json",
    hdrs.USER_AGENT: f"NotPanel-Webhooks/{VERSION}",
    hdrs.ACCEPT: "*/*",
}
MOST_TARGETS = 10_000  # URLs that are remembered as checked


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was checked, ready to be posted to."""

    url: URL
    host: str
    authority: str


@dataclass(slots=True)
class Attempt:
    """How far an attempt has come: once there is a status, it has been answered, whatever happens to the body."""

    message: Message
    target: Target
    headers: dict[str, str]
    through: list[bool] | None = None  # None: the proxy has not been asked; empty: its tunnel does not stand yet
    response: aiohttp.ClientResponse | None = None
    body: bytearray = field(default_factory=bytearray)


class Poster:
    """Posts messages, each within WEBHOOK_TIMEOUT. Made and used inside a running loop, by `async with`."""

    def __init__(self, look_up: LookUp, ssl_context: ssl.SSLContext | None) -> None:
        self._within: float = settings.WEBHOOK_TIMEOUT
        self._proxy = URL(settings.WEBHOOK_PROXY) if settings.WEBHOOK_PROXY else None
        self._names = Names(look_up)
        self._ssl = ssl_context or True
        self._session = self._session_to_strangers() if self._proxy is None else self._session_through(self._proxy)
        self._unused = self._session_to_strangers(once=True)
        self._targets: dict[str, Target] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._session.close()
        await self._unused.close()
        self._names.close()

    async def post(self, message: Message, timestamp: int) -> Outcome:
        """Make one attempt and return what came of it.

        :param timestamp: of the attempt, in seconds since 1970; it is signed.
        """
        try:
            target = self._targets.get(message.url) or self._checked(message.url)
        except (urls.InvalidUrl, urls.NotPublic) as error:
            return NotAnswered(f"not a URL that webhooks are sent to: {error}")
        attempt = Attempt(message, target, signing.headers(message.event_id, timestamp, message.body, message.keys))
        try:
            async with asyncio.timeout(self._within):
                await self._exchange(attempt)
        except (OSError, aiohttp.ClientError, UnicodeError) as error:
            if attempt.response is None:
                return self._fault(error, attempt)
        finally:
            if attempt.response is not None:
                attempt.response.close()  # the connection too, unless all of the body was read
        return self._answered(attempt)

    async def _exchange(self, attempt: Attempt) -> None:
        attempt.response = await (self._directly(attempt) if self._proxy is None else self._through_proxy(attempt))
        content = attempt.response.content
        while len(attempt.body) < answers.MOST_READ and not content.at_eof():
            attempt.body += await content.read(answers.MOST_READ - len(attempt.body))

    async def _directly(self, attempt: Attempt) -> aiohttp.ClientResponse:
        sockets: list[str] = []
        opened.set(sockets)
        try:
            return await self._send(self._session, attempt)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if sockets or isinstance(error, aiohttp.ClientConnectorError):
                raise
        # A connection that had been used before and was closed just now: no failure of the endpoint. Should the message
        # have been taken all the same, its id says so to the receiver.
        return await self._send(self._unused, attempt)

    async def _send(self, session: aiohttp.ClientSession, attempt: Attempt) -> aiohttp.ClientResponse:
        return await session.post(
            attempt.target.url, data=attempt.message.body, headers=attempt.headers, allow_redirects=False
        )

    async def _through_proxy(self, attempt: Attempt) -> aiohttp.ClientResponse:
        addresses = await self._names.addresses(attempt.target.host)
        # The proxy is given the address that was checked, and nothing to look up. Not all of them have IPv6.
        address = min(addresses, key=lambda each: ":" in each)
        named.set(attempt.target.authority)
        attempt.through = []
        through.set(attempt.through)
        return await self._session.post(
            attempt.target.url.with_host(address),
            data=attempt.message.body,
            headers=attempt.headers,
            allow_redirects=False,
            server_hostname=attempt.target.host,
        )

    def _checked(self, url: str) -> Target:
        kept = urls.checked(url)
        parsed = URL(kept, encoded=True)
        if len(self._targets) >= MOST_TARGETS:
            self._targets.clear()
        target = Target(parsed, urls.host_of(kept), urls.authority_of(kept))
        self._targets[url] = target
        return target

    def _answered(self, attempt: Attempt) -> Outcome:
        assert attempt.response is not None
        response = attempt.response
        # By https the proxy has spoken before, at CONNECT (faults.of): what comes by the tunnel is the receiver's word.
        if self._proxy is not None and attempt.target.url.scheme == "http" and response.status == 407:
            return OurFault("the egress proxy refused: 407")
        if not 100 <= response.status <= 599:  # RFC 9110, 15
            return NotAnswered(f"the answer is not HTTP: status {response.status}")
        asked = answers.retry_after(response.headers.get(hdrs.RETRY_AFTER))
        return Answered(response.status, answers.excerpt(bytes(attempt.body), response.status), asked)

    def _fault(self, error: Exception, attempt: Attempt) -> Outcome:
        waited = isinstance(error, TimeoutError) and error.errno is None
        if attempt.through == [] and (waited or _is_silence(error)):
            return OurFault("the egress proxy does not answer", or_its_own=True)
        if waited:
            if self._names.are_queued(attempt.target.host):
                return NotBegun()  # others' slow names held all look-ups: that is not this endpoint's failure
            return NotAnswered(f"no answer within {self._within:g} s")
        return faults.of(error, (self._proxy.host, self._proxy.port) if self._proxy else None)

    def _session_to_strangers(self, *, once: bool = False) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=Resolver(self._names),
            socket_factory=open_socket,
            use_dns_cache=False,
            ssl=self._ssl,
            limit=0,  # who sends sees to that
            force_close=once,
            keepalive_timeout=None if once else IDLE,
        )
        return self._made(connector, aiohttp.ClientRequest, None)

    def _session_through(self, proxy: URL) -> aiohttp.ClientSession:
        # The proxy is the operator's: it may be on a private address. A tunnel is for one name: not used again.
        connector = aiohttp.TCPConnector(ssl=self._ssl, limit=0, force_close=True)
        return self._made(connector, Through, proxy)

    @staticmethod
    def _made(
        connector: aiohttp.TCPConnector, request_class: type[aiohttp.ClientRequest], proxy: URL | None
    ) -> aiohttp.ClientSession:
        # There is no public way to say which protocol a connection speaks.
        connector._factory = functools.partial(Bounded, loop=asyncio.get_running_loop())  # type: ignore[assignment]
        return aiohttp.ClientSession(
            connector=connector,
            request_class=request_class,
            proxy=proxy,
            headers=HEADERS,
            skip_auto_headers=(hdrs.ACCEPT_ENCODING,),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
            auto_decompress=False,
            read_bufsize=answers.MOST_READ,
        )


def _is_silence(error: Exception) -> bool:
    """Return whether a connection that stood was closed without a word."""
    closed = isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
    return closed and not isinstance(error, aiohttp.ClientConnectorError)
