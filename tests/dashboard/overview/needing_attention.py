"""What somebody is to look at, and nothing else."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import ApiKey
from accounts.operations import revoke_key
from kit import clock
from tests.webhooks.conftest import listen, locally
from wallets.operations import charge, set_low_balance
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db
__all__ = ["listen", "locally"]
DOOR = "Your password alone opens this account. An app's code or a passkey beside it keeps others out."


@pytest.fixture
def guarded(alice):
    """Alice has an app that makes codes, so that nothing of hers needs attention."""
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data={})


def matters(browser):
    answer = browser.get("/dashboard")
    for each in answer.context["matters"]:
        assert each.sentence in unescape(answer.text)
        assert f'href="{each.address}"' in answer.text
    return [(each.sentence, each.address) for each in answer.context["matters"]]


def test_says_that_there_is_no_second_factor(alices):
    assert matters(alices) == [(DOOR, "/accounts/2fa/")]


def test_says_nothing_where_all_is_well(alices, guarded):
    assert matters(alices) == []
    assert "What needs you" not in alices.get("/dashboard").text


def test_codes_for_the_day_the_app_is_lost_are_no_second_factor(alices, alice):
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert matters(alices) == [(DOOR, "/accounts/2fa/")]


def test_a_balance_below_the_threshold(alices, alice, guarded):
    charge(account_id=alice.id, amount=Decimal(90), reference="order:1:charge")
    assert matters(alices) == []
    charge(account_id=alice.id, amount=Decimal("0.01"), reference="order:2:charge")
    assert matters(alices) == [("Your balance is below $10.00.", "/dashboard/wallet#deposit")]
    set_low_balance(account_id=alice.id, threshold=Decimal(0))
    assert matters(alices) == []


def test_a_webhook_that_is_disabled_leads_to_it_and_several_to_the_list(alices, alice, guarded, listen):
    endpoint = listen(alice)
    assert matters(alices) == []
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="gone")
    one = "A webhook is disabled: your program is not told there what happens."
    assert matters(alices) == [(one, f"/dashboard/webhooks/{endpoint.shown_id}")]
    listen(alice)
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="gone")
    two = "2 webhooks are disabled: your programs are not told there what happens."
    assert matters(alices) == [(two, "/dashboard/webhooks")]
    Endpoint.objects.update(removed_at=clock.now())
    assert matters(alices) == []


def test_a_key_that_ends_soon(alices, alice, guarded, time):
    key = ApiKey.objects.get(account_id=alice.id)
    time.at = 1_800_000_000.0  # the 15th of January 2027
    for days, soon in ((15, False), (14, True), (1, True), (0, False), (-1, False)):
        ApiKey.objects.update(expires_at=clock.now() + timedelta(days=days))
        alices.force_login(alice.user)
        assert [address for _, address in matters(alices)] == ["/dashboard/api"] * soon
    ApiKey.objects.update(expires_at=clock.now() + timedelta(days=3))
    assert matters(alices) == [
        (f"The API key {key} expires on Jan. 18, 2027: what uses it stops then.", "/dashboard/api")
    ]
    revoke_key(key_id=key.pk)
    assert matters(alices) == []


def test_another_accounts_matters_are_its_own(bobs, bob, alice, listen):
    Authenticator.objects.create(user=bob.user, type=Authenticator.Type.TOTP, data={})
    listen(alice)
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="gone")
    charge(account_id=alice.id, amount=Decimal(95), reference="order:1:charge")
    assert matters(bobs) == []
