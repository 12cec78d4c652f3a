"""What a user's page says of who cannot log in: is the address confirmed, what is asked for beside the password."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
TOTP, PASSKEY, RECOVERY = "totp", "webauthn", "recovery_codes"


def shown(bobs, person, field):
    """What the page shows beside the field's label."""
    page = text(bobs.get(f"/admin/accounts/user/{person.id}/change/"))
    labels = {
        "address": ("E-mail address confirmed ", " Second factor "),
        "factor": (" Second factor ", " Balance, USD "),
    }
    before, after = labels[field]
    return page.split(before, 1)[1].split(after, 1)[0]


def test_the_address_is_confirmed(bobs, alice):
    assert shown(bobs, alice, "address") == "yes"


def test_the_address_waits_for_its_link(bobs, alice):
    EmailAddress.objects.filter(user_id=alice.id).update(verified=False)
    assert shown(bobs, alice, "address") == "no: nobody can log in before the link in the mail is followed"


def test_another_address_is_to_become_the_accounts(bobs, alice):
    EmailAddress.objects.create(user_id=alice.id, email="new@example.com")
    assert shown(bobs, alice, "address") == "yes; new@example.com waits for its link"


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ([], "off"),
        ([RECOVERY], "off"),
        ([TOTP, RECOVERY], "authenticator app"),
        ([PASSKEY, TOTP, PASSKEY], "passkeys (2), authenticator app"),
    ],
)
def test_what_is_asked_for_beside_the_password(bobs, alice, added, said):
    for kind in added:
        Authenticator.objects.create(user_id=alice.id, type=kind, data={})
    assert shown(bobs, alice, "factor") == said
