"""The operator's button that gives an account another address: whoever has lost a mailbox asks for it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminEmailInputWidget

from accounts import operations
from kit.asking import Question, ReasonForm, ask, button, found


class EmailForm(ReasonForm):
    """Asks for the address."""

    email = forms.CharField(label="E-mail address", max_length=254, widget=UnfoldAdminEmailInputWidget())
    field_order = ["email", "reason"]


QUESTION = Question(
    "Change the e-mail address",
    "Change",
    EmailForm,
    "You vouch for the address: it needs no link from a mail. The same address again confirms one that waits for its "
    "link. Whoever reads its mail can reset the password, so make sure first who asks.",
)


class EmailButton:
    """The button, for the screen of users."""

    @button("E-mail address…", "email")
    def change_email(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the account another address."""
        user = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            actor = request.user.get_username()
            done = operations.change_email(account_id=user.pk, actor=actor, **given)
            user.refresh_from_db()
            return f"The account is {user} now, and needs no link." if done else f"It is {user}, and needs no link."

        refusals = (operations.EmailTaken, operations.InvalidEmail)
        back = reverse("admin:accounts_user_change", args=[user.pk])
        return ask(self, request, QUESTION, then=then, refusals=refusals, back=back, about=user)
