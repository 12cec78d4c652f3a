"""Claims what is due, has it posted by a thread of its own, and records what comes of it as it comes.

The caller's thread alone has a database connection. Nothing waits for a whole batch: an endpoint that hangs has its own
few attempts under way, and everybody else's come and go beside them.
"""

import contextlib
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from django.conf import settings

import alerts.queries
from alerts.operations import clear_alert
from kit import clock, stopping
from kit.lease import Lease, lease
from kit.nudge import nudge
from kit.outages import MAY_BE_AWAY
from kit.persisting import Persistence
from webhooks.egress import Egress
from webhooks.operations import claiming
from webhooks.operations.claiming import Claimed, Keyring
from webhooks.operations.fanning_out import DISPATCH
from webhooks.operations.recording import Result, record
from webhooks.outcomes import Message, NotBegun, Tried
from webhooks.sender import Sender

logger = logging.getLogger(__name__)

RUN_FOR = 60.0  # seconds after which nothing more is claimed; the next task goes on
# Seconds after which new work is looked for while attempts are under way: soon, for it came while somebody hangs; and
# ten times as long as a look takes, but no longer than the second of them.
LOOK_AGAIN = (0.05, 0.25)
PREFETCH = 5  # times its concurrency that an endpoint which quickly takes what it is sent has in hand, never to run dry
QUICKLY = 1000 * claiming.BEGIN_WITHIN / PREFETCH  # milliseconds: all that it has in hand begins in time
LEASE_LASTS = 10.0  # seconds, renewed all the time


def dispatch() -> int:
    """Send what is due until nothing is, for RUN_FOR seconds at most, unless another process is at it.

    Return how many attempts were made. What is left then is the next task's: a bell is rung for it.
    """
    done, run = 0, Run(until=clock.timestamp() + RUN_FOR)
    # Looked at again after the lease is given back: whoever rang meanwhile found it taken and went away.
    while run.may_claim() and claiming.waiting():
        made = run.work_alone()
        if not made:
            break
        done += made
    return done


class Run:
    """One run: what is in hand, and how long it may go on."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._in_hand: dict[Message, Claimed] = {}
        self._of: Counter[int] = Counter()  # in hand, of each endpoint
        self._taking: set[int] = set()  # the endpoints whose last answer was that they took it, and soon
        self._keyring = Keyring()
        self._egress = Egress()
        self._signed: set[int] = set()
        self._unreadable: set[int] = set()
        self._after = 0  # the endpoint after which the next claim begins
        self._since_claim = 0
        self._next_look, self._pause = 0.0, LOOK_AGAIN[0]
        self._database = Persistence()

    def may_claim(self) -> bool:
        """Return whether more may be begun: there is time, nobody wants us to stop, and PostgreSQL answers."""
        return clock.timestamp() < self._until and not stopping.asked() and not self._database.is_away

    def work_alone(self) -> int:
        """Work under the lease until nothing is due; return how many attempts were made.

        The lease is given back before the last attempts are waited for: who goes on need not wait for them.
        """
        with contextlib.ExitStack() as held:
            mine = held.enter_context(lease("webhooks", seconds=LEASE_LASTS))
            return self.work(mine, held.close) if mine else 0

    def work(self, mine: Lease | None = None, give_back: Callable[[], None] = lambda: None) -> int:
        """Claim, send and record until nothing is due; then wait for what is under way. Return how many attempts."""
        done, self._after = 0, claiming.somewhere()
        with Sender() as sender:
            while self.may_claim():
                self._fill(sender)
                if not self._in_hand:
                    break
                done += self._collect(sender)
                if mine:
                    mine.renew()
            give_back()
            self._hand_over()
            while self._in_hand:
                done += self._collect(sender)
        self._once(self._tell_of_secrets)
        return done

    def _hand_over(self) -> None:
        if clock.timestamp() >= self._until and not self._database.is_away:
            nudge(DISPATCH)

    def _fill(self, sender: Sender) -> None:
        """Claim as much as there is room for, unless too little has changed since the last look."""
        enough = max(1, len(self._in_hand) // 4)
        if self._in_hand and self._since_claim < enough and clock.timestamp() < self._next_look:
            return
        began = clock.timestamp()
        try:
            for _ in range(2):  # to the last endpoint, and from the first on
                most = self._limit() - len(self._in_hand)
                if most <= 0 or self._claim(sender, most):
                    break
        except MAY_BE_AWAY as error:
            # What is under way is still to be recorded; nothing new is begun.
            self._database.lost(error)
        self._pause = min(max(LOOK_AGAIN[0], 10 * (clock.timestamp() - began)), LOOK_AGAIN[1])
        self._since_claim, self._next_look = 0, clock.timestamp() + self._pause

    def _claim(self, sender: Sender, most: int) -> bool:
        """Claim and hand over to the sender; return whether that was all for now."""
        began_at, room = self._after, 1 if self._egress.in_doubt or self._crowded() else settings.WEBHOOK_PER_ENDPOINT
        taken = claiming.claim(most=most, room=room, rooms=self._rooms(room), after=began_at, keyring=self._keyring)
        self._unreadable |= taken.unreadable
        self._after = taken.last_endpoint if taken.rows == most else 0
        for each in taken.claimed:
            self._in_hand[each.message] = each
            self._of[each.message.endpoint_id] += 1
            self._signed.add(each.message.endpoint_id)
        sender.send([each.message for each in taken.claimed])
        return taken.rows == most or began_at == 0

    def _crowded(self) -> bool:
        """Return whether half of the places are taken: the others are one for each endpoint.

        So no account has all of them, though each of its fifty endpoints takes as long as it may.
        """
        return len(self._in_hand) >= settings.WEBHOOK_UNDER_WAY // 2

    def _limit(self) -> int:
        return settings.WEBHOOK_UNDER_WAY if self._crowded() else settings.WEBHOOK_UNDER_WAY // 2

    def _rooms(self, room: int) -> dict[int, tuple[int, int]]:
        ahead = room if self._egress.in_doubt else room * PREFETCH
        return {each: (ahead if each in self._taking else room, count) for each, count in self._of.items()}

    def _collect(self, sender: Sender) -> int:
        """Wait a little for outcomes and record them; return how many attempts they were."""
        tried = sender.outcomes(self._pause)
        if not tried:
            self._next_look = 0.0
            self._forget_lapsed()
            return 0
        self._once(lambda: self._egress.learn(tried))
        results = [result for each in tried if (result := self._result(each))]
        self._forget_lapsed()
        self._since_claim += len(results)
        self._record(results)
        self._once(self._egress.tell)
        return sum(not isinstance(each.outcome, NotBegun) for each in tried)

    def _forget_lapsed(self) -> None:
        """Leave what the sender has said nothing of for as long as its claim lasted to whoever takes it up again."""
        now = clock.now()
        lapsed = itertools.takewhile(lambda each: each.claimed_until < now, self._in_hand.values())  # the oldest first
        for each in list(lapsed):
            logger.error("nothing was heard of delivery %s: it is sent again", each.message.delivery_id)
            self._let_go(each.message)

    def _let_go(self, message: Message) -> Claimed | None:
        claimed = self._in_hand.pop(message, None)
        if claimed:
            self._of[message.endpoint_id] -= 1
            if not self._of[message.endpoint_id]:
                del self._of[message.endpoint_id]
        return claimed

    def _result(self, tried: Tried) -> Result | None:
        claimed = self._let_go(tried.message)
        if claimed is None:
            return None  # its claim has lapsed, and nobody waits for it here
        endpoint = tried.message.endpoint_id
        result = Result(claimed, tried, own_fault=self._egress.is_its_own(tried))
        if result.taken and tried.ms <= QUICKLY:
            self._taking.add(endpoint)
        elif result.counts:
            self._taking.discard(endpoint)
        return result

    def _record(self, results: Sequence[Result]) -> None:
        try:
            self._database.keep_trying(lambda: record(results))
        except Exception:
            if len(results) == 1:
                # It cannot be kept, so it stands here; its claim lapses, and it is sent once more.
                logger.exception("what came of delivery %s could not be recorded", results[0].tried)
                return
            logger.warning("%d outcomes could not be recorded together: each by itself", len(results), exc_info=True)
            for each in results:
                self._record([each])

    def _once(self, act: Callable[[], None]) -> None:
        """Do what the next run does as well, where PostgreSQL is away."""
        try:
            act()
        except MAY_BE_AWAY as error:
            self._database.lost(error)

    def _tell_of_secrets(self) -> None:
        """Say that secrets can be read again, of those endpoints whose messages were signed in this run."""
        lasting = alerts.queries.lasting().filter(kind=claiming.UNREADABLE)
        for endpoint_id in lasting.values_list("subject_id", flat=True):
            if endpoint_id in self._signed - self._unreadable:
                clear_alert(kind=claiming.UNREADABLE, subject_id=endpoint_id)
