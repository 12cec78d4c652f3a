"""Who has lost the second factor is let in again, by the operator's word and with a reason."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Mail, User
from accounts.operations import ReasonMissing, UnknownAccount, remove_second_factor
from events.models import Event
from tests.admin.conftest import bobs, operator
from tests.conftest import Person

__all__ = ["bobs", "operator"]
pytestmark = pytest.mark.django_db
WHY = "called back at the number on file"


def give(user: User) -> None:
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=user, type=kind, data={})


@pytest.fixture
def secured(alice: Person, bob: Person) -> Person:
    give(alice.user)
    give(bob.user)
    return alice


def left() -> list[str]:
    return sorted(Authenticator.objects.values_list("user__email", flat=True))


def test_all_of_one_accounts_go_and_the_history_says_why(secured: Person) -> None:
    assert remove_second_factor(account_id=secured.id, reason=WHY, actor="bob@panel.example") is True
    assert left() == ["bob@example.com"] * 2
    event = Event.objects.get(kind="account.two_factor_removed")
    assert (event.account_id, event.reason, event.actor) == (secured.id, WHY, "bob@panel.example")
    assert event.data == {"removed": "recovery_codes, totp"}


def test_the_owner_is_told_by_mail(secured: Person, settings: Any) -> None:
    settings.EMAIL_HOST, settings.PANEL_URL, settings.OPERATOR_EMAIL = "127.0.0.1", "https://panel.example", []
    remove_second_factor(account_id=secured.id, reason=WHY, actor="bob@panel.example")
    mail = Mail.objects.get()
    assert (mail.to, mail.subject) == ("alice@example.com", "[NotPanel] Your second factor was removed")
    assert mail.body == (
        "The operator of NotPanel removed the second factor of your account: its password alone opens it now.\n\n"
        f"It was done on {mail.created_at:%Y-%m-%d %H:%M} UTC.\n\n"
        "Did you not ask for it? Ask the operator of this panel at once.\n\n"
        "-- \nNotPanel\nhttps://panel.example\n"
    )
    assert remove_second_factor(account_id=secured.id, reason=WHY) is False
    assert Mail.objects.count() == 1


def test_nothing_is_recorded_where_there_is_none(alice: Person) -> None:
    assert remove_second_factor(account_id=alice.id, reason=WHY) is False
    assert not Event.objects.filter(kind="account.two_factor_removed").exists()


@pytest.mark.parametrize(("reason", "error"), [(" ", ReasonMissing), (WHY, UnknownAccount)])
def test_refuses_without_a_reason_and_of_nobody(secured: Person, reason: str, error: type[Exception]) -> None:
    account_id = secured.id if error is ReasonMissing else 10**9
    with pytest.raises(error):
        remove_second_factor(account_id=account_id, reason=reason)
    assert len(left()) == 4


def test_the_command_does_it_and_refuses_without_a_reason(secured: Person) -> None:
    with pytest.raises(CommandError, match="say why"):
        call_command("remove_second_factor", "alice@example.com", " ")
    assert len(left()) == 4
    call_command("remove_second_factor", "alice@example.com", WHY)
    assert left() == ["bob@example.com"] * 2


def test_the_button_is_offered_to_who_has_one_and_does_it(secured: Person, bobs: Client, operator: User) -> None:
    button = "remove-second-factor"
    assert button in bobs.get(f"/admin/accounts/user/{secured.id}/change/").content.decode()
    assert button not in bobs.get(f"/admin/accounts/user/{operator.pk}/change/").content.decode()
    bobs.post(f"/admin/accounts/user/{secured.id}/{button}/", {"reason": WHY})
    assert left() == ["bob@example.com"] * 2
