"""Whether it is us who cannot send: what a run learns of the way out from all endpoints together."""

from collections.abc import Sequence
from datetime import timedelta

from alerts.operations import clear_alert, raise_alert
from kit import clock
from webhooks.models import Attempt
from webhooks.outcomes import Answered, OurFault, Tried

ALERT = "webhooks.egress"
REACHED_LASTS = 60.0  # seconds for which one endpoint's answer says that the way out is open
MOST_LOOKED_AT = 50  # attempts of the runs before, the latest


class Egress:
    """What one run knows: whom it reached last, and whether it is to be said that it reaches nobody."""

    def __init__(self) -> None:
        self._reached: dict[int, float] = {}  # the last two, each with when
        self._looked_back = False
        self._problem = ""
        self._told: bool | None = None

    def learn(self, tried: Sequence[Tried]) -> None:
        """Take in what came of some attempts, whoever was first."""
        faults = [each for each in tried if isinstance(each.outcome, OurFault)]
        if faults and not self._looked_back:
            self._look_back()
        for each in tried:
            if isinstance(each.outcome, Answered):
                self._reach(each.message.endpoint_id, clock.timestamp())
        for each in faults:
            if isinstance(each.outcome, OurFault) and not self.is_its_own(each):
                self._problem = each.outcome.error

    def is_its_own(self, tried: Tried) -> bool:
        """Return whether what looks like our fault is the endpoint's: another was reached within the last minute.

        A domain whose name servers are broken looks as a resolver of ours does that has failed.
        """
        since = clock.timestamp() - REACHED_LASTS
        others = (at for endpoint, at in self._reached.items() if endpoint != tried.message.endpoint_id)
        return isinstance(tried.outcome, OurFault) and tried.outcome.or_its_own and any(at >= since for at in others)

    @property
    def in_doubt(self) -> bool:
        """Return whether something could not be sent, and nobody has been reached since."""
        return bool(self._problem)

    def tell(self) -> None:
        """Tell the operator once that nothing can be sent, or that it can again."""
        if self._problem and self._told is not True:
            text = (
                f"Webhooks cannot be sent: {self._problem}. They wait and are tried again; nothing counts as a failure."
            )
            raise_alert(kind=ALERT, text=text, path="/admin/webhooks/delivery/")
            self._told = True
        elif self._reached and not self._problem and self._told is not False:
            clear_alert(kind=ALERT)
            self._told = False

    def _look_back(self) -> None:
        """Take in whom the runs before this one reached: most runs are short."""
        self._looked_back = True
        since = clock.now() - timedelta(seconds=REACHED_LASTS)
        answered = Attempt.objects.filter(at__gte=since, status__isnull=False).order_by("-at")
        for endpoint_id, at in reversed(answered.values_list("delivery__endpoint_id", "at")[:MOST_LOOKED_AT]):
            self._reach(endpoint_id, at.timestamp())

    def _reach(self, endpoint_id: int, at: float) -> None:
        self._problem = ""
        self._reached.pop(endpoint_id, None)
        self._reached[endpoint_id] = at
        if len(self._reached) > 2:
            del self._reached[next(iter(self._reached))]
