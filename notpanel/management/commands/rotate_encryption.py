"""Encrypts every stored secret with the first of ENCRYPTION_KEYS: providers' keys, webhooks', second factors'."""

from collections.abc import Callable
from functools import partial

from tqdm import tqdm

import providers.operations
import providers.queries
import webhooks.delivery_queries
from dashboard.people.reencrypting import reencrypt_factor, with_secrets
from kit.commands import Answer, Given, PanelCommand
from kit.encryption import CannotDecrypt
from webhooks.operations.reencrypting import reencrypt_secrets

Work = tuple[str, Callable[[], object]]  # what it is called where it cannot be read, and what is done


class NotAllReadable(Exception):
    """Some secrets were encrypted with a key that is not there any more; the others are done."""


class Command(PanelCommand):
    """`rotate_encryption`: each secret is committed by itself, so it may be interrupted and run again."""

    help = "Encrypts the secrets of providers, webhooks and second factors with the first of ENCRYPTION_KEYS."
    refusals = (NotAllReadable,)

    def answer(self, given: Given) -> Answer:
        """Encrypt secret after secret, and name those that cannot be read."""
        keys, secrets, factors = _providers(), _endpoints(), _factors()
        unreadable = []
        for name, reencrypt in tqdm(
            [*keys, *secrets, *factors], desc="secrets", unit="", file=self.stderr, disable=None
        ):
            try:
                reencrypt()
            except CannotDecrypt as error:
                unreadable.append(f"{name}: {error}")
        if unreadable:
            raise NotAllReadable("\n".join(unreadable))
        told = f"{_many(len(keys), 'provider')}, {_many(len(secrets), 'webhook')}"
        told += f" and {_many(len(factors), 'second factor')}"
        return Answer(
            f"The secrets of {told} are now encrypted with the first of ENCRYPTION_KEYS.",
            {"providers": len(keys), "webhooks": len(secrets), "second_factors": len(factors)},
        )


def _providers() -> list[Work]:
    return [
        (f"provider {each}", partial(providers.operations.reencrypt_key, provider_id=each))
        for each in providers.queries.provider_ids()
    ]


def _endpoints() -> list[Work]:
    """Return those that are there: what was removed signs nothing any more."""
    return [
        (f"webhook {shown}", partial(reencrypt_secrets, endpoint_id=each))
        for each, shown in webhooks.delivery_queries.live_endpoints()
    ]


def _factors() -> list[Work]:
    return [
        (f"second factor {each}, {shown}", partial(reencrypt_factor, factor_id=each)) for each, shown in with_secrets()
    ]


def _many(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
