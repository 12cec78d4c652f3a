"""Telling a press of a button that shows a secret from the next one, so that pressing twice does it once."""

from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner

from kit import ids

# Signed, and for an hour only: by an endpoint's id `webhooks.operations.endpoints.add` answers the secret of one that
# is there, so an id that somebody made up, or kept for long, must not be one.
GOOD_FOR = 3600  # seconds
_signer = TimestampSigner(salt="dashboard.webhooks.pressing")


def new_press() -> str:
    """Return what a form carries as its own."""
    return _signer.sign(str(ids.new_id()))


def pressed(carried: str) -> UUID | None:
    """Return the id that the form carried, or None where it is none of ours, or an old one."""
    try:
        return UUID(_signer.unsign(carried, max_age=GOOD_FOR))
    except BadSignature:
        return None
