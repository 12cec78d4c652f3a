"""The way in for `/api/v2`: a WSGI callable with no middleware. Every answer is JSON, whatever is sent."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import close_old_connections, connection

import wallets.queries
from api_v2 import limits, replies
from api_v2.actions import ACTIONS, Action
from api_v2.admission import admit
from api_v2.dialects import DIALECTS, Dialect
from api_v2.errors import (
    REFUSALS,
    InvalidHost,
    InvalidKey,
    LengthMissing,
    LimitExceeded,
    NoSuchPage,
    ReadOnlyKey,
    Suspended,
    Unexpected,
    UnknownAction,
    UsePost,
)
from api_v2.json_bodies import MalformedBody
from api_v2.second_try import trust_connection, with_second_try
from api_v2.transport import BodyTooLarge, Sent, is_known_host, read_query, read_sent
from api_v2.verdict import Admission, Caller, Verdict
from kit import clock
from kit.client_address import client_address
from kit.outages import MAY_BE_AWAY, waited_too_long
from orders.operations import Placed
from orders.parameters import MissingParameter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)
ROOT = "/api/v2"


def is_ours(path: str) -> bool:
    """Return whether the path is answered here."""
    return path.startswith(ROOT) and (len(path) == len(ROOT) or path[len(ROOT)] == "/")


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer one request. Never raises: what goes wrong inside is logged and answered with a 500."""
    exchange = Exchange(environ)
    try:
        close_old_connections()  # what Django's own handler does between requests
        trust_connection()
        content = replies.written(_answer(exchange))
    except Exception as error:
        content = replies.written(exchange.refuse(error))
    return replies.send(environ, start_response, exchange.status, content, exchange.headers(), tagged=exchange.tagged)


def _log(error: Exception) -> None:
    if waited_too_long(error) or (isinstance(error, MAY_BE_AWAY) and connection.connection is None):
        # Each request of an outage would write its trace, and all of them say this.
        logger.error("PostgreSQL did not answer this: %s", str(error).strip().partition("\n")[0])
    else:
        logger.error("unexpected failure at %s", ROOT, exc_info=error)


@dataclass
class Exchange:
    """One request on its way: what is known of it, and what its answer will carry."""

    environ: "WSGIEnvironment"
    dialect: Dialect = field(default_factory=lambda: DIALECTS[settings.API_DEFAULT_DIALECT])  # until the key is known
    admission: Admission | None = None
    status: int = 200
    extra: list[tuple[str, str]] = field(default_factory=list)
    tagged: bool = False  # whether the answer may be kept by the caller, and asked for again by its ETag

    def refuse(self, error: Exception) -> dict[str, str]:
        """Return the error body for the exception and set the status; one that is not declared is logged."""
        if type(error) not in REFUSALS:
            _log(error)
            error = Unexpected()
        self.status, text = REFUSALS[type(error)].answer(self.dialect.name, error)
        return {"error": text}

    def admit(self, address: str, sent: Sent) -> Admission:
        """Count the request, and find out whose key it is and so in which dialect it is answered."""
        everywhere = sent.everywhere()
        free_by_form = _is_free(sent.form) if "key" in sent.form else None
        admission = admit(address, everywhere.get("key", ""), free=_is_free(everywhere), free_by_form=free_by_form)
        if admission.caller is not None:
            self.dialect = DIALECTS[admission.caller.dialect]
        self.admission = admission
        return admission

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that go with the answer, the rate limits' among them."""
        if self.admission is None:
            return self.extra
        # Another refusal may have come first; then the limit that is spent as well did not deny.
        denied_by = self.admission.denied_by if self.status == REFUSALS[LimitExceeded].status else None
        return self.extra + limits.headers(self.admission.layers, denied_by, clock.milliseconds())


def _is_free(params: Mapping[str, str]) -> bool:
    action = ACTIONS.get(params.get("action", ""))
    return action is not None and action.free


def _answer(exchange: Exchange) -> Any:
    environ = exchange.environ
    address = client_address(
        environ.get("REMOTE_ADDR", ""),
        environ.get("HTTP_X_FORWARDED_FOR", ""),
        tuple(settings.TRUSTED_PROXIES),
    )
    try:
        sent = _read(environ)
    except (InvalidHost, NoSuchPage, BodyTooLarge) as error:
        # It is a request from this address all the same, and is counted; it is answered first.
        exchange.admit(address, Sent())
        return exchange.refuse(error)
    except MalformedBody as error:
        admission = exchange.admit(address, _sent_beside_the_body(environ))
        if not _may_be_taken(exchange, admission):
            return exchange.refuse(UsePost())
        return exchange.refuse(LimitExceeded() if admission.verdict == Verdict.SPENT else error)
    return _act(exchange, sent, exchange.admit(address, sent))


def _read(environ: "WSGIEnvironment") -> Sent:
    if not is_known_host(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)):
        raise InvalidHost
    if environ["PATH_INFO"] not in {ROOT, f"{ROOT}/"}:
        raise NoSuchPage
    return read_sent(environ) if environ["REQUEST_METHOD"] == "POST" else Sent(query=read_query(environ))


def _sent_beside_the_body(environ: "WSGIEnvironment") -> Sent:
    """Return the key where the query string has it: whose request it is says in which dialect it is refused."""
    try:
        return Sent(query={name: value for name, value in read_query(environ).items() if name == "key"})
    except MalformedBody:
        return Sent()


def _act(exchange: Exchange, sent: Sent, admission: Admission) -> Any:
    if not _may_be_taken(exchange, admission):
        raise UsePost
    caller = _pass(admission)
    params = exchange.dialect.params(sent)
    name = params.get("action", "")
    action = ACTIONS.get(name)
    if not name:
        raise MissingParameter("action")
    if action is None:
        raise UnknownAction
    if action.writes and caller.read_only:
        raise ReadOnlyKey
    if action.writes and not sent.whole:
        raise LengthMissing
    result = _run(action, caller, params)
    exchange.tagged = action.tagged
    if isinstance(result, Placed) and result.replayed:
        exchange.extra.append(("Idempotent-Replay", "true"))
    return exchange.dialect.render(result)


def _may_be_taken(exchange: Exchange, admission: Admission) -> bool:
    """Return whether the method is one of the caller's dialect."""
    method = exchange.environ["REQUEST_METHOD"]
    if admission.verdict == Verdict.SPENT and admission.caller is None:
        # The address's limit is spent, so that nobody looked whose key it is: it may be one that has this method.
        return any(method in each.methods() for each in DIALECTS.values())
    return method in exchange.dialect.methods()


def _pass(admission: Admission) -> Caller:
    if admission.verdict == Verdict.SPENT:
        raise LimitExceeded
    if admission.verdict == Verdict.SUSPENDED:
        raise Suspended
    if admission.verdict == Verdict.UNKNOWN_KEY or admission.caller is None:
        raise InvalidKey
    return admission.caller


def _run(action: Action, caller: Caller, sent: dict[str, str]) -> Any:
    params = action.read(sent, caller.dialect)

    def run_again() -> Any:
        # A write that was committed after all is found by its request_id; its write-through was lost with it.
        result = action.run(caller, params)
        if action.writes:
            wallets.queries.balance_from_database(caller.account_id)
        return result

    return with_second_try(lambda: action.run(caller, params), run_again)
