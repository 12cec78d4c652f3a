"""What makes a password a bad one, where Django would call a field by its name in the code, in whatever language."""

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.utils.translation import gettext as _


class UnlikeTheAddress(UserAttributeSimilarityValidator):
    """Refuses what is nearly the account's e-mail address, or a part of it."""

    def __init__(self) -> None:
        super().__init__(user_attributes=["email"])

    def get_error_message(self) -> str:
        """Return what is said of such a password."""
        return _("The password is too similar to the e-mail address.")
