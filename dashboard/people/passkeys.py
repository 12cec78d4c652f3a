"""Passkeys, as allauth and fido2 check them: what a browser sends is never more than wrong."""

from typing import Any

from allauth.mfa.webauthn import forms
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 65_536  # characters; an attestation with its certificates has a few thousand
NOT_TAKEN = _("This passkey was not taken. Try again.")


class CredentialField(django_forms.JSONField):
    """What the browser's `navigator.credentials` gave, as JSON."""

    widget = django_forms.HiddenInput
    default_error_messages = {"invalid": NOT_TAKEN, "required": NOT_TAKEN}

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return nothing: what was signed once is never good again."""
        return None

    def prepare_value(self, value: Any) -> str:
        """Return what the hidden field begins with: nothing."""
        return ""

    def to_python(self, value: Any) -> Any:
        """Return the object.

        :raises ValidationError: where it is none, or is bigger or deeper than any real one.
        """
        if isinstance(value, str) and len(value) > LONGEST:
            raise ValidationError(NOT_TAKEN, code="invalid")
        try:
            read = super().to_python(value)
        except RecursionError:
            raise ValidationError(NOT_TAKEN, code="invalid") from None
        if read is not None and not isinstance(read, dict):
            raise ValidationError(NOT_TAKEN, code="invalid")
        return read


class AssertionForm(forms.AuthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Takes a passkey as the second factor at the log-in."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        """Return the passkey that signed.

        :raises ValidationError: where none of the account's did.
        """
        try:
            return super().clean_credential()
        except ValidationError:
            raise
        except Exception:  # fido2 raises whatever the malformed part makes it raise
            raise ValidationError(NOT_TAKEN, code="invalid") from None


class LoginForm(AssertionForm, forms.LoginWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Takes a passkey alone: it is password and second factor in one."""


class ReauthenticateForm(AssertionForm, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Takes a passkey before something that needs more than an open session."""


class AddForm(forms.AddWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Adds a passkey."""

    name = django_forms.CharField(required=False, max_length=100, label=_("Name"))
    credential = CredentialField()
    passwordless = django_forms.BooleanField(
        required=False,
        initial=True,
        label=_("Log in with it alone"),
        help_text=_("Without the password: your device asks for your finger, your face or its PIN instead."),
    )

    def clean(self) -> dict[str, Any]:
        """Check what the new passkey signed.

        :raises ValidationError: where it is not what was asked for.
        """
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            raise
        except Exception:  # fido2 raises whatever the malformed part makes it raise
            raise ValidationError(NOT_TAKEN, code="invalid") from None
        return cleaned


class RenameForm(forms.EditWebAuthnForm):  # type: ignore[misc] # allauth has no types
    """Gives a passkey another name."""

    name = django_forms.CharField(max_length=100, label=_("Name"))
