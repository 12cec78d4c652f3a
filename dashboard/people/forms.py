"""What people fill in, where allauth asks for something else: one password, and one address."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.operations import EmailTaken
from accounts.queries import account_by_email

LONGEST_PASSWORD = 128
EMAIL, PASSWORD, NEW_PASSWORD = _("E-mail address"), _("Password"), _("New password")
GOOD_PASSWORD = _("At least 8 characters: not digits alone, nothing that many use, nothing like your address.")


class LoginForm(forms.LoginForm):  # type: ignore[misc] # allauth has no types
    """Asks for what opens the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _called(self, login=EMAIL, password=PASSWORD, remember=_("Stay logged in on this device for two weeks"))
        reset = reverse("account_reset_password")  # allauth's own text calls the password otherwise in Turkish
        self.fields["password"].help_text = format_html('<a href="{}">{}</a>', reset, _("Forgot your password?"))


class ReauthenticateForm(forms.ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    """Asks for the password again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _called(self, password=PASSWORD)


class SignUpForm(forms.SignupForm):  # type: ignore[misc] # allauth has no types
    """Makes an account; of an address that has one its page tells nothing, and a mail tells its owner."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _called(self, email=EMAIL, password1=PASSWORD)
        _good(self)

    def validate_unique_email(self, value: str) -> str:
        """Remember whether the address has an account: one that only waits to be confirmed elsewhere is nobody's."""
        self.account_already_exists = account_by_email(value) is not None
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account, or pretend to; two at once make one."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # it takes as long as making one
        else:
            try:
                return self.save(request), None
            except EmailTaken:
                self.account_already_exists = True
        pretended: tuple[None, HttpResponse] = super().try_save(request)
        return pretended

    def save(self, request: HttpRequest) -> User:
        """Make the account; the operation writes its address too."""
        user: User = get_adapter().save_user(request, User(), self)
        return user


class NewEmailForm(forms.AddEmailForm):  # type: ignore[misc] # allauth has no types
    """Asks for the address that is to become the account's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _called(self, email=_("New address"))

    def clean_email(self) -> str:
        """Return the address; whether another account has it is told to nobody.

        :raises ValidationError: where it is none, or the account's own.
        """
        adapter = get_adapter()
        email: str = adapter.clean_email(self.cleaned_data["email"])
        if email == self.user.email:
            raise adapter.validation_error("duplicate_email")
        return email

    @transaction.atomic
    def save(self, request: HttpRequest) -> EmailAddress:
        """Have the address wait for its confirmation, in place of one that waited before; two at once leave one."""
        User.objects.select_for_update().get(pk=self.user.pk)
        return EmailAddress.objects.add_new_email(request, self.user, self.cleaned_data["email"])


class ResetForm(forms.ResetPasswordForm):  # type: ignore[misc] # allauth has no types
    """Asks whose password is to be reset: by the address that is the account's, not one that waits to become it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _called(self, email=EMAIL)

    def clean_email(self) -> str:
        """Return the address.

        :raises ValidationError: where it is none.
        """
        email: str = get_adapter().clean_email(self.cleaned_data["email"])
        account = account_by_email(email)
        self.users = [account] if account else []
        return email


class ChangePasswordForm(forms.ChangePasswordForm):  # type: ignore[misc] # allauth has no types
    """Asks for the new password once: a button shows it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _once(self)
        _called(self, oldpassword=_("Password you have now"))


class SetPasswordForm(forms.SetPasswordForm):  # type: ignore[misc] # allauth has no types
    """Asks for a first password once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _once(self)


class NewPasswordForm(forms.ResetPasswordKeyForm):  # type: ignore[misc] # allauth has no types
    """Asks whoever came by a link from a mail for the new password, once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _once(self)


def _once(form: Any) -> None:
    del form.fields["password2"]
    _called(form, password1=NEW_PASSWORD)
    _good(form)


def _good(form: Any) -> None:
    """Say what a good password is; refuse what would take long to hash."""
    field = form.fields["password1"]
    field.help_text = GOOD_PASSWORD
    field.validators.append(MaxLengthValidator(LONGEST_PASSWORD))
    field.widget.attrs["maxlength"] = str(LONGEST_PASSWORD)


def _called(form: Any, **labels: Any) -> None:
    """Call the fields by our words, each once: a placeholder would say the label again, and go as one types."""
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label
            form.fields[name].widget.attrs.pop("placeholder", None)
