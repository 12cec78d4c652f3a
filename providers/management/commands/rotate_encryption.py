"""Encrypts every provider's stored key with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from kit.encryption import CannotDecrypt
from providers import operations, queries


class Command(BaseCommand):
    """`rotate_encryption`: each key is committed by itself, so it may be interrupted and run again."""

    help = "Encrypts every provider's key with the first of ENCRYPTION_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Encrypt key after key, and name those that cannot be read."""
        ids, unreadable = queries.provider_ids(), []
        for provider_id in tqdm(ids, desc="keys", unit="", file=self.stderr, disable=None):
            try:
                operations.reencrypt_key(provider_id=provider_id)
            except CannotDecrypt as error:
                unreadable.append(f"provider {provider_id}: {error}")
        if unreadable:
            raise CommandError("\n".join(unreadable))
        self.stdout.write(f"{len(ids)} provider keys are now encrypted with the first of ENCRYPTION_KEYS.")
