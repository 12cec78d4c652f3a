"""Making endpoints, and ending them. A secret is returned once and kept encrypted."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

import events.operations
from accounts.models import ApiKey
from kit import clock, encryption, ids
from webhooks import signing, urls
from webhooks.kinds import KINDS
from webhooks.models import ENDPOINTS_PER_KEY, Endpoint


class EndpointLimitReached(Exception):
    """The key has its five endpoints."""


class UnknownKind(ValueError):
    """There is no event of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no event {name!r}")
        self.name = name


def add(*, api_key_id: int, url: str, events_wanted: Iterable[str] = (), actor: str = "") -> tuple[Endpoint, str]:
    """Make an endpoint and return it with its secret, the only time the secret is seen.

    :param events_wanted: none: all of them, also those to come.
    :raises UnknownKind: where one of them is none.
    :raises InvalidUrl: :raises NotPublic: where the URL cannot be a webhook's. It is looked up here.
    :raises EndpointLimitReached: at five endpoints of the key.
    """
    wanted = list(dict.fromkeys(events_wanted))
    for name in wanted:
        if name not in KINDS:
            raise UnknownKind(name)
    url = urls.checked(url)
    if not _free_slots(api_key_id):
        raise EndpointLimitReached
    urls.resolve_now(url)
    secret = signing.new_secret()
    key = ApiKey.objects.get(pk=api_key_id)
    with transaction.atomic():
        endpoint = _into_a_free_slot(key, url, wanted, secret)
        _record("webhook.added", endpoint, actor)
    return endpoint, secret


def _free_slots(api_key_id: int) -> list[int]:
    taken = Endpoint.objects.filter(api_key_id=api_key_id, removed_at__isnull=True).values_list("slot", flat=True)
    return sorted(set(range(1, ENDPOINTS_PER_KEY + 1)) - set(taken))


def _into_a_free_slot(key: ApiKey, url: str, wanted: list[str], secret: str) -> Endpoint:
    # A slot that someone else takes at this instant is refused by the unique index; the next look finds another.
    for _ in range(ENDPOINTS_PER_KEY):
        free = _free_slots(key.pk)
        if not free:
            break
        try:
            with transaction.atomic():
                return Endpoint.objects.create(
                    public_id=ids.new_id(),
                    api_key=key,
                    account_id=key.account_id,
                    slot=free[0],
                    url=url,
                    events=wanted,
                    secret_encrypted=encryption.encrypt(secret),
                    created_at=clock.now(),
                )
        except IntegrityError as error:
            if "endpoint_unique_slot" not in str(error):
                raise
    raise EndpointLimitReached


def _record(kind: str, endpoint: Endpoint, actor: str, reason: str = "") -> None:
    events.operations.record(
        kind=kind,
        subject="webhook",
        subject_id=endpoint.pk,
        account_id=endpoint.account_id,
        data={"webhook": endpoint.shown_id, "url": endpoint.url},
        actor=actor,
        reason=reason,
    )
