"""The one client that speaks to providers, whichever dialect they answer in; without the database, for threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeVar, cast

from providers import answers, faults, following, offers
from providers.batches import BATCH, Question, ask_each, concerns_it_alone
from providers.cancelling import CANCEL, CancelNews
from providers.faults import Concerns
from providers.following import News, NoNews
from providers.offers import ServiceList
from providers.outcomes import (
    BrokenAnswer,
    NotSent,
    Outcome,
    ProviderError,
    SlowDown,
    Unknown,
    Unreachable,
)
from providers.placing import outcome
from providers.proving import outcome_again, says_known
from providers.refilling import (
    REFILL,
    REFILL_STATUS,
    RefillOutcome,
    RefillTold,
    refill_outcome,
)
from providers.transport import Answer, NoAnswer, NotConnected, post

MEGABYTE = 1_000_000
OURS = {"key", "action"}
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Client:
    """One provider's API; `timeout` limits each whole call, in seconds (for `services`, thrice it)."""

    url: str
    key: str = field(repr=False)
    timeout: float = 20

    def add(self, **params: str | int) -> Outcome:
        """Return what came of placing one order; sent at most once, whatever happens.

        Takes the parameters of the protocol's `add`, such as `service=`, `link=`, `quantity=`.
        """
        return self._added(params, lambda answer: outcome(answer, self.key))

    def add_again(self, **params: str) -> Outcome:
        """Return what came of placing an order that was sent before and may stand: only to who knows its `request_id`.

        Refused and ProviderFault prove that no sending of it was placed so far.
        """
        if not params.get("request_id"):
            raise ValueError("an order without a request_id is never sent twice")
        return self._added(params, lambda answer: outcome_again(answer, self.key, params))

    def add_if_it_stands(self, **params: str) -> Outcome:
        """Return the same as `add_again`, and place nothing that was never placed: for what nobody wants any more.

        The request_id is shown with another body first, of a service that no panel has: who knows it says so, and who
        does not refuses the body.
        """
        asking = params | {"service": "0"}
        said: Outcome | None = self._added(
            asking, lambda answer: None if says_known(answer) else outcome_again(answer, self.key, asking)
        )
        return self.add_again(**params) if said is None else said

    def services(self) -> ServiceList:
        """Return what the provider sells.

        :raises CallFailed: where there is no list, or an empty one.
        """
        data = self._asked("services", {}, limit=20 * MEGABYTE, timeout=self.timeout * 3)
        if not isinstance(data, list):
            raise BrokenAnswer("The provider's list of services is not a list.")
        if not data:
            raise BrokenAnswer("The provider's list of services is empty.")
        return offers.service_list(data)

    def status(self, order_id: str) -> News:
        """Return what the provider says of one of our orders there.

        :raises CallFailed: where it says nothing that concerns the order.
        """
        try:
            return self._told(following.news(self._asked("status", {"order": order_id})))
        except ProviderError as error:
            if not faults.says_not_found(error.text):
                raise
            return following.NotFound(error.text)

    def statuses(self, order_ids: Sequence[str]) -> dict[str, News]:
        """Return what the provider says of each of up to 100 orders, in one call.

        A panel that refuses a whole batch for one id it does not know is asked again by halves.

        :raises CallFailed: where it says nothing that concerns the orders.
        """
        if len(order_ids) > BATCH:
            raise ValueError(f"a batch holds at most {BATCH} ids")
        if not order_ids:
            return {}
        try:
            data = self._asked("status", {"orders": ",".join(order_ids)})
        except ProviderError as error:
            if not faults.says_not_found(error.text):
                raise
            if len(order_ids) == 1:
                return {order_ids[0]: following.NotFound(error.text)}
        else:
            return {name: self._told(news) for name, news in following.batch(data, order_ids).items()}
        half = len(order_ids) // 2
        return self.statuses(order_ids[:half]) | self.statuses(order_ids[half:])

    def cancel(self, order_ids: Sequence[str]) -> dict[str, CancelNews]:
        """Ask the provider to cancel up to 100 orders, in one call; return what it says of each.

        Asking again for an order that it is cancelling already does no harm.

        :raises CallFailed: where it says nothing that concerns the orders.
        """
        return self._of_each(CANCEL, order_ids)

    def refill(self, order_id: str) -> RefillOutcome:
        """Ask the provider to refill an order.

        :raises CallFailed: where it says nothing that concerns the order.
        """
        try:
            found = refill_outcome(self._asked("refill", {"order": order_id}))
        except ProviderError as error:
            if not concerns_it_alone(error):
                raise
            found = refill_outcome({"error": error.text})
        told = self._told(found)
        if isinstance(told, NoNews):
            raise BrokenAnswer(f"The provider's answer to a refill is not understood: {told.why}.")
        return told

    def refills(self, order_ids: Sequence[str]) -> dict[str, RefillOutcome | NoNews]:
        """Ask the provider to refill up to 100 orders, in one call; return what it says of each.

        :raises CallFailed: where it says nothing that concerns the orders.
        """
        return self._of_each(REFILL, order_ids)

    def refill_statuses(self, refill_ids: Sequence[str]) -> dict[str, RefillTold]:
        """Return what the provider says of each of up to 100 of its refills, in one call.

        :raises CallFailed: where it says nothing that concerns the refills.
        """
        return self._of_each(REFILL_STATUS, refill_ids)

    def balance(self) -> tuple[Decimal, str]:
        """Return what we have at the provider, and the currency's code ("USD" where it does not say).

        :raises CallFailed: where it does not say.
        """
        data = self._asked("balance", {})
        amount = answers.as_decimal(data.get("balance")) if isinstance(data, dict) else None
        if not isinstance(data, dict) or amount is None:
            raise BrokenAnswer("The provider's answer holds no balance.")
        return amount, answers.as_text(data.get("currency"), 8).upper() or "USD"

    def said(self, action: str, **params: str) -> tuple[int, object]:
        """Return the HTTP status and the JSON of a call that changes nothing, None where it is no JSON.

        :raises Unreachable: where no answer came.
        """
        try:
            answer = self._post(action, params)
            return answer.status, answers.decoded(answer.body)
        except (NotConnected, NoAnswer) as error:
            raise Unreachable(f"The provider cannot be reached: {self._scrubbed(error)}.") from None
        except answers.NotJson:
            return answer.status, None

    def _added(self, params: Mapping[str, str | int], read: Callable[[Answer], R]) -> R | NotSent | Unknown:
        if OURS & params.keys():
            raise ValueError("the client itself sends key and action")
        try:
            answer = self._post("add", params)
        except NotConnected as error:
            return NotSent(self._scrubbed(error))
        except NoAnswer as error:
            return Unknown(self._scrubbed(error), answers.kept(error.body, self.key))
        return read(answer)

    def _post(
        self,
        action: str,
        params: Mapping[str, str | int],
        *,
        limit: int = MEGABYTE,
        timeout: float | None = None,
    ) -> Answer:
        form = {"key": self.key, "action": action, **{name: str(value) for name, value in params.items()}}
        return post(self.url, form, timeout=timeout or self.timeout, limit=limit)

    def _asked(
        self,
        action: str,
        params: Mapping[str, str | int],
        *,
        limit: int = MEGABYTE,
        timeout: float | None = None,
    ) -> object:
        """Return the JSON of a call that changes nothing, or raise the sentence that says what went wrong."""
        try:
            answer = self._post(action, params, limit=limit, timeout=timeout)
            data = answers.decoded(answer.body)
        except (NotConnected, NoAnswer) as error:
            raise Unreachable(f"The provider cannot be reached: {self._scrubbed(error)}.") from None
        except answers.NotJson as error:
            data, nonsense = None, str(error)
        else:
            nonsense = "JSON that says nothing"
        if answer.status == 429:
            raise SlowDown("The provider asks for fewer calls (HTTP 429).")
        text = answers.error_text(data) if answer.status < 500 else None
        if text:
            text, concern = answers.scrubbed(text, self.key), faults.concerns(text)
            if concern is Concerns.OUR_PACE:
                raise SlowDown(f"The provider asks for fewer calls: {text}")
            raise ProviderError(text, fault=concern is Concerns.OUR_ACCOUNT)
        if data is None or not 200 <= answer.status < 300:
            raise BrokenAnswer(f"The provider answered HTTP {answer.status} with {nonsense}.")
        return data

    def _of_each(self, question: Question[T], ids: Sequence[str]) -> dict[str, T | NoNews]:
        return {name: self._told(news) for name, news in ask_each(self._asked, question, ids).items()}

    def _told(self, news: T) -> T:
        """Return the same news without our key in the provider's words."""
        words = {name: text for name in ("why", "said") if (text := getattr(news, name, ""))}
        kept = {name: answers.scrubbed(text, self.key) for name, text in words.items()}
        return news if kept == words else cast(T, replace(cast(Any, news), **kept))

    def _scrubbed(self, error: Exception) -> str:
        return answers.scrubbed(str(error), self.key)
