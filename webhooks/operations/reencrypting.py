"""Writing endpoints' secrets anew with the first of ENCRYPTION_KEYS."""

from django.db import transaction

from kit import encryption
from webhooks.models import Endpoint

COLUMNS = ("secret_encrypted", "old_secret_encrypted")


def reencrypt_secrets(*, endpoint_id: int) -> int:
    """Encrypt an endpoint's secret, and its old one, with the first of ENCRYPTION_KEYS; return how many it has.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens one of them. The other is written all the same.
    """
    with transaction.atomic():
        # Held, because a rotation at this instant would move the secret into the other column.
        row = Endpoint.objects.select_for_update(no_key=True).values(*COLUMNS).get(pk=endpoint_id)
        tokens = {column: token for column, token in row.items() if token}
        again, unreadable = _again(tokens)
        if again:
            Endpoint.objects.filter(pk=endpoint_id).update(**again)
    if unreadable is not None:
        raise unreadable
    return len(tokens)


def _again(tokens: dict[str, str]) -> tuple[dict[str, str], encryption.CannotDecrypt | None]:
    written, unreadable = {}, None
    for column, token in tokens.items():
        try:
            written[column] = encryption.reencrypt(token)
        except encryption.CannotDecrypt as error:
            unreadable = error
    return written, unreadable
