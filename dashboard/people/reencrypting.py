"""Second factors' secrets, written anew with the first of ENCRYPTION_KEYS."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from kit import encryption

KINDS = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]  # a passkey's public key is no secret
SECRETS = ("secret", "seed")


def with_secrets() -> list[tuple[int, str]]:
    """Return the id of each second factor that holds a secret, and whose it is."""
    kept = Authenticator.objects.filter(type__in=KINDS).order_by("id")
    return [(each.pk, f"{each.type} of {each.user}") for each in kept.select_related("user")]


@transaction.atomic
def reencrypt_factor(*, factor_id: int) -> None:
    """Encrypt the secrets of a second factor anew; one that was turned off meanwhile has none.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens one.
    """
    # The lock keeps a code that is used up at this moment used up.
    factor = Authenticator.objects.select_for_update().filter(pk=factor_id).first()
    if factor is None:
        return
    factor.data |= {name: encryption.reencrypt(factor.data[name]) for name in SECRETS if name in factor.data}
    factor.save(update_fields=["data"])
