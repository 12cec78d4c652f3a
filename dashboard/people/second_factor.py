"""The second factor: codes of an app, passkeys, and codes for the day both are lost."""

import logging
from typing import Any

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import CharField, TextInput
from django.utils.translation import gettext, gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from accounts.models import User
from kit import clock, encryption
from kit.encryption import CannotDecrypt
from kit.transitions import change_if

logger = logging.getLogger(__name__)
TOTP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES

# A code is good for once: whoever saw it typed has it for a minute. The row says so, whatever becomes of the cache.
CLAIM_STEP = """
UPDATE mfa_authenticator
SET data = jsonb_set(data, '{last_step}', to_jsonb(%(step)s::bigint)), last_used_at = %(now)s
WHERE id = %(id)s AND coalesce((data ->> 'last_step')::bigint, 0) < %(step)s RETURNING id
"""
# A code has six digits, of which three are right at any moment: guessing them takes as many tries as one is given. They
# are counted in the account's first row, wherever a code is asked for, and anew each hour and after each right one.
MOST_AN_HOUR = 30
HOUR = 3600  # seconds
CLAIM_TRY = """
UPDATE mfa_authenticator SET data = data || jsonb_build_object(
    'hour', %(hour)s::bigint,
    'tries', CASE WHEN (data ->> 'hour')::bigint = %(hour)s THEN (data ->> 'tries')::int + 1 ELSE 1 END
)
WHERE id = (SELECT min(id) FROM mfa_authenticator WHERE user_id = %(user)s AND type = ANY(%(types)s))
  AND NOT (coalesce((data ->> 'hour')::bigint, 0) = %(hour)s AND (data ->> 'tries')::int >= %(most)s)
RETURNING id
"""
FORGET_TRIES = """
UPDATE mfa_authenticator SET data = data - 'hour' - 'tries'
WHERE id = (SELECT min(id) FROM mfa_authenticator WHERE user_id = %(user)s AND type = ANY(%(types)s)) RETURNING id
"""


class TooManyCodes(Exception):
    """So many wrong codes were tried within this hour that none is looked at before the next."""


def factors(user: User) -> set[str]:
    """Return which kinds of second factor the account has on: `totp`, `webauthn`, and `recovery_codes` beside them."""
    return set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))


def is_on(user: User) -> bool:
    """Return whether a password alone does not open the account."""
    return bool(factors(user) & {TOTP, PASSKEY})


def opened_by(user: User, code: str) -> Authenticator | None:
    """Return what takes this code, an app's or a recovery code, and use the code up; None where nothing does.

    :raises TooManyCodes: where it is not looked at.
    """
    mine: dict[str, Any] = {"user": user.pk, "types": [TOTP, RECOVERY]}
    if not change_if(CLAIM_TRY, mine | {"hour": int(clock.timestamp()) // HOUR, "most": MOST_AN_HOUR}):
        if factors(user) & {TOTP, RECOVERY}:
            raise TooManyCodes(gettext("There were too many wrong codes. Try again in an hour."))
        return None
    for each in Authenticator.objects.filter(user_id=user.pk, type__in=[TOTP, RECOVERY]).order_by("-type"):
        try:
            if _takes(each, code):
                change_if(FORGET_TRIES, mine)
                each.user = user
                return each
        except CannotDecrypt as error:
            logger.error("the second factor of %s cannot be read: %s", user, error)  # noqa: TRY400
    return None


def _takes(authenticator: Authenticator, code: str) -> bool:
    if authenticator.type == RECOVERY:
        return bool(authenticator.wrap().validate_code(code))
    secret = encryption.decrypt(authenticator.data["secret"])
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return change_if(CLAIM_STEP, {"id": authenticator.pk, "step": step, "now": clock.now()}) is not None
    return False


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Keeps secrets as the panel keeps all of them, and calls things by their names."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is wrong, or was used before."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Turn on a second factor first: recovery codes stand in for it."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret as it is kept."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret.

        :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens it.
        """
        return encryption.decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code black on white, whatever colours the page has: cameras want it so."""
        return str(qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode"))

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 -- allauth's name
        """Return what a passkey is called until its owner says something better."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whom a passkey is for: the panel, at the name in the address bar."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.PANEL_NAME}


def _code_field() -> CharField:
    widget = TextInput(attrs={"autocomplete": "one-time-code"})
    return CharField(label=gettext_lazy("Code"), max_length=64, widget=widget)


class ActivateForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc] # allauth has no types
    """Asks for the code that the app shows for its new key."""

    code = _code_field()


class _CodeForm(forms.BaseAuthenticateForm):  # type: ignore[misc] # allauth has no types
    code = _code_field()

    def clean_code(self) -> str:
        """Use the code up.

        :raises ValidationError: where nothing takes it.
        """
        code: str = self.cleaned_data["code"]
        try:
            authenticator = opened_by(self.user, code)
        except TooManyCodes as error:
            raise ValidationError(str(error), code="rate_limited") from None
        if authenticator is None:
            raise MFAAdapter().validation_error("incorrect_code")
        self.authenticator = authenticator
        return code


class AuthenticateForm(_CodeForm, forms.AuthenticateForm):  # type: ignore[misc] # allauth has no types
    """Asks for a code at the log-in."""


class ReauthenticateForm(_CodeForm, forms.ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """Asks for a code before something that needs more than an open session."""
