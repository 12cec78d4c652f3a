"""Making endpoints, ending them, and changing their secrets. A secret is returned once and kept encrypted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction

import events.operations
from accounts.models import ApiKey
from events.queries import history
from kit import clock, encryption, ids
from kit.nudge import nudge
from kit.transitions import change_if, change_one
from webhooks import signing, urls
from webhooks.kinds import KINDS
from webhooks.models import ENDPOINTS_PER_KEY, Endpoint
from webhooks.operations.disabling import AT_ONCE, CLOSE_UNWANTED
from webhooks.queries import EndpointNotFound

A_MOMENT = timedelta(minutes=1)  # in which a button that is pressed twice is one press
OLD_SECRET_LASTS = timedelta(hours=24)  # for which the secret before this one still signs beside it


class EndpointLimitReached(Exception):
    """The key has its five endpoints."""


class RotatedBefore(Exception):
    """This press has rotated the secret already, and it was shown then: somebody loads the answer anew."""


class UnknownKind(ValueError):
    """There is no event of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no event {name!r}")
        self.name = name


def add(
    *,
    api_key_id: int,
    url: str,
    events_wanted: Iterable[str] = (),
    public_id: UUID | None = None,
    actor: str = "",
) -> tuple[Endpoint, str]:
    """Make an endpoint and return it with its secret, the only time the secret is seen. Not inside a transaction.

    :param events_wanted: none: all of them, also those to come.
    :param public_id: by it a second call, made because nothing was heard of the first, finds what that one made.
    :raises InvalidUrl: :raises NotPublic: where the URL cannot be a webhook's. It is looked up here, last of all.
    :raises UnknownKind: for the first that is none.
    :raises EndpointLimitReached: at five endpoints of the key.
    """
    url, wanted = urls.checked(url), _known(events_wanted)
    key = ApiKey.objects.get(pk=api_key_id)
    made_id = public_id or ids.new_id()
    endpoint = Endpoint(public_id=made_id, api_key=key, account_id=key.account_id, url=url, events=wanted)
    before = _made_before(endpoint)
    if before is None:
        urls.resolve_now(url)
        secret = signing.new_secret()
        endpoint.secret_encrypted = encryption.encrypt(secret)
        before = _write(endpoint, actor)
    return (endpoint, secret) if before is None else (before, encryption.decrypt(before.secret_encrypted))


def _known(names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in KINDS:
            raise UnknownKind(name)
    return wanted


def _made_before(endpoint: Endpoint) -> Endpoint | None:
    """Return the endpoint that has this one's id already; where there is none, give this one a free slot."""
    live = list(Endpoint.objects.filter(api_key_id=endpoint.api_key_id, removed_at__isnull=True))
    for each in live:
        if each.public_id == endpoint.public_id:
            return each
    free = set(range(1, ENDPOINTS_PER_KEY + 1)) - {each.slot for each in live}
    if not free:
        raise EndpointLimitReached
    endpoint.slot = min(free)
    return None


def _write(endpoint: Endpoint, actor: str) -> Endpoint | None:
    """Write the endpoint down; return instead the one that an earlier call with its id wrote at this instant."""
    # A slot that someone else takes meanwhile is refused by the unique index; the next look finds another.
    for _ in range(ENDPOINTS_PER_KEY):
        endpoint.created_at = clock.now()
        try:
            with transaction.atomic():
                endpoint.save(force_insert=True)
                _record("webhook.added", endpoint, actor)
        except IntegrityError as error:
            if "endpoint_unique_slot" not in str(error) and "public_id" not in str(error):
                raise
            before = _made_before(endpoint)
            if before is not None:
                return before
        else:
            return None
    raise EndpointLimitReached


REMOVE = "UPDATE webhooks_endpoint SET removed_at = %(at)s WHERE id = %(id)s AND removed_at IS NULL RETURNING id"
# What a worker holds at this instant is not waited for; webhooks.close_unwanted drops that, and the rest.
DROP = """
WITH mine AS (
    SELECT id FROM webhooks_delivery WHERE endpoint_id = %(id)s AND state = 'due'
    ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE webhooks_delivery d
SET state = 'dropped', said = 'the endpoint was removed', ended_at = %(at)s, claimed_until = NULL
FROM mine WHERE d.id = mine.id
"""


def remove(*, endpoint_id: int, at: datetime | None = None, actor: str = "", reason: str = "") -> None:
    """Remove the endpoint: nothing is sent there any more, what was on its way is dropped, and its slot is free.

    :param at: the moment of its removal. A second call with the same one, made because nothing was heard of the
        first, finds that it has been removed by it and does nothing.
    :raises EndpointNotFound: where there is none, or it has been removed.
    """
    at = at or clock.now()
    params: dict[str, int | datetime] = {"id": endpoint_id, "at": at}
    with transaction.atomic():
        if change_if(REMOVE, params) is None:
            if Endpoint.objects.filter(pk=endpoint_id, removed_at=at).exists():
                return
            raise EndpointNotFound
        with connection.cursor() as cursor:
            cursor.execute(DROP, {**params, "most": AT_ONCE})
        nudge(CLOSE_UNWANTED)
        _record("webhook.removed", Endpoint.objects.get(pk=endpoint_id), actor, reason)


# All that is on the right is as it was before the statement.
ROTATE = """
UPDATE webhooks_endpoint
SET old_secret_encrypted = secret_encrypted, old_secret_until = %(until)s, secret_encrypted = %(secret)s
WHERE id = %(id)s AND removed_at IS NULL RETURNING id
"""


def rotate_secret(*, endpoint_id: int, asked: UUID | None = None, actor: str = "", reason: str = "") -> str:
    """Give the endpoint a new secret and return it, the only time it is seen.

    :param asked: by it a second call, made because nothing was seen of the first, returns within A_MOMENT what that
        one made: a third secret would silence the one that the receiver has.

    The one before signs beside it for OLD_SECRET_LASTS. There is never a third: rotated again within that time, the
    oldest of the three stops at once.

    :raises EndpointNotFound: where there is none, or it has been removed.
    :raises RotatedBefore: where `asked` has rotated it before, longer ago or with another rotation since.
    """
    secret = signing.new_secret()
    until = clock.now() + OLD_SECRET_LASTS
    params = {"id": endpoint_id, "secret": encryption.encrypt(secret), "until": until}
    with transaction.atomic():
        made = _rotated_before(endpoint_id, asked)
        if made is not None:
            return made
        change_one(ROTATE, params, EndpointNotFound())
        told = {"asked": str(asked)} if asked else {}
        _record("webhook.secret_rotated", Endpoint.objects.get(pk=endpoint_id), actor, reason, **told)
    return secret


def _rotated_before(endpoint_id: int, asked: UUID | None) -> str | None:
    """Return the secret that the same call made a moment ago, and hold the endpoint against another one."""
    live = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id, removed_at__isnull=True).first()
    if live is None or asked is None:
        return None
    rotations = history("webhook", endpoint_id).filter(kind="webhook.secret_rotated").order_by("-id")
    by_this = rotations.filter(data__asked=str(asked)).first()
    if by_this is None:
        return None
    if by_this != rotations.first() or by_this.at < clock.now() - A_MOMENT:
        raise RotatedBefore("the secret was rotated by this very press, and shown then")
    return encryption.decrypt(live.secret_encrypted)


def _record(kind: str, endpoint: Endpoint, actor: str, reason: str = "", **more: str) -> None:
    events.operations.record(
        kind=kind,
        subject="webhook",
        subject_id=endpoint.pk,
        account_id=endpoint.account_id,
        data={"webhook": endpoint.shown_id, "url": endpoint.url, **more},
        actor=actor,
        reason=reason,
    )
