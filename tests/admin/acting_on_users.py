"""What the buttons on a user's page do, and what they refuse."""

from decimal import Decimal

import pytest
from django.urls import reverse

import wallets.queries
from accounts.models import ApiKey, Tier, User
from accounts.operations import issue_key, suspend
from events.models import Event
from tests.admin.conftest import state_of_things, text
from wallets.models import Entry, Wallet

pytestmark = pytest.mark.django_db


def page(person, button):
    return f"/admin/accounts/user/{person.id}/{button}/"


def balance(person):
    return wallets.queries.balance_from_database(person.id)


def reference(answer):
    """The reference that the form came with."""
    return answer.context["form"]["reference"].initial


def test_deposits(bobs, alice):
    form = bobs.get(page(alice, "deposit"))
    given = {"amount": "500", "reference": reference(form), "reason": "invoice 7"}

    answer = bobs.post(page(alice, "deposit"), given, follow=True)

    assert "Deposited 500.00 USD: alice@example.com has 600.00 USD now." in text(answer)
    entry = Entry.objects.latest("id")
    assert (entry.amount, entry.actor, entry.reason) == (Decimal(500), "bob@panel.example", "invoice 7")
    assert User.objects.get(pk=alice.id).tier.name == "Reseller"


def test_the_same_form_sent_twice_deposits_once(bobs, alice):
    given = {"amount": "25.5", "reference": reference(bobs.get(page(alice, "deposit")))}
    bobs.post(page(alice, "deposit"), given)
    before = state_of_things()

    answer = bobs.post(page(alice, "deposit"), given, follow=True)

    assert (
        "This reference has deposited 25.50 USD before, and nothing was added: alice@example.com has 125.50 USD now."
    ) in text(answer)
    assert state_of_things() == before


def test_two_forms_are_two_deposits(bobs, alice):
    first, second = (reference(bobs.get(page(alice, "deposit"))) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("0", "0.00 is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals."),
        ("-5", "-5.00 is not an amount above zero."),
        ("ten", "'ten' is not an amount: write it like 12.50"),
        ("1.123456789", "'1.123456789' has more than eight decimals"),
        ("1" * 13, f"'{'1' * 13}' is not an amount below 1,000,000,000,000"),
        ("", "This field is required."),
    ],
)
def test_refuses_a_deposit_that_is_none(bobs, alice, amount, message):
    before = state_of_things()
    answer = bobs.post(page(alice, "deposit"), {"amount": amount, "reference": "r"})
    assert answer.status_code == 200
    assert message in text(answer)
    assert state_of_things() == before


def test_refuses_a_reference_that_stands_for_another_deposit(bobs, alice, bob):
    bobs.post(page(alice, "deposit"), {"amount": "5", "reference": "bank-1"})
    before = state_of_things()

    for person, amount in ((alice, "6"), (bob, "5")):
        answer = bobs.post(page(person, "deposit"), {"amount": amount, "reference": "bank-1"})
        assert "The reference 'deposit:bank-1' was already used for 5.00 USD." in text(answer)
    assert state_of_things() == before


def test_adjusts_up_and_down_with_a_reason(bobs, alice):
    for amount, after in (("1.5", "101.50"), ("-2.5", "99.00")):
        given = {
            "amount": amount,
            "reason": "a goodwill gesture",
            "reference": reference(bobs.get(page(alice, "adjust"))),
        }
        answer = bobs.post(page(alice, "adjust"), given, follow=True)
        assert f"Adjusted: alice@example.com has {after} USD now." in text(answer)
        answer = bobs.post(page(alice, "adjust"), given, follow=True)
        assert f"Adjusted already: alice@example.com has {after} USD now." in text(answer)
    entry = Entry.objects.latest("id")
    assert (entry.counter, entry.actor, entry.reason) == ("adjustments", "bob@panel.example", "a goodwill gesture")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"amount": "-100.01", "reason": "x"}, "The wallet holds 100.00 USD."),
        (
            {"amount": "0", "reason": "x"},
            "0.00 is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals.",
        ),
        ({"amount": "1", "reason": " "}, "This field is required."),
    ],
)
def test_refuses_an_adjustment(bobs, alice, given, message):
    before = state_of_things()
    answer = bobs.post(page(alice, "adjust"), given | {"reference": "r"})
    assert message in text(answer)
    assert state_of_things() == before


def test_sets_the_low_balance_threshold_with_a_reason(bobs, alice):
    assert 'value="10.00"' in bobs.get(page(alice, "low-balance")).content.decode()
    for amount, shown in (("2.5", "2.50"), ("0", "never")):
        answer = bobs.post(page(alice, "low-balance"), {"threshold": amount, "reason": "as they asked"}, follow=True)
        assert f"alice@example.com is told of a low balance below: {shown}." in text(answer)
        assert Wallet.objects.get(pk=alice.id).low_balance_threshold == Decimal(amount)
        assert shown in text(bobs.get(f"/admin/wallets/wallet/{alice.id}/change/"))
    event = Event.objects.latest("id")
    assert (event.kind, event.data) == ("wallet.low_balance_set", {"threshold": "0.00"})
    assert (event.actor, event.reason) == ("bob@panel.example", "as they asked")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"threshold": "-1", "reason": "x"}, "-1.00 is below zero; 0 means never."),
        ({"threshold": "ten", "reason": "x"}, "'ten' is not an amount: write it like 12.50"),
        ({"threshold": "1", "reason": " "}, "This field is required."),
    ],
)
def test_refuses_a_low_balance_threshold(bobs, alice, given, message):
    before = state_of_things()
    answer = bobs.post(page(alice, "low-balance"), given)
    assert answer.status_code == 200
    assert message in text(answer)
    assert state_of_things() == before
    assert Wallet.objects.get(pk=alice.id).low_balance_threshold == 10


def test_suspends_and_lets_in_again(bobs, alice, post):
    answer = bobs.post(page(alice, "suspend"), {"reason": "chargebacks"}, follow=True)
    assert "alice@example.com is suspended." in text(answer)
    assert ": chargebacks" in text(answer)
    assert "Suspend…" not in text(answer)

    answer = bobs.post(page(alice, "unsuspend"), {}, follow=True)
    assert "alice@example.com may come in again." in text(answer)
    assert "Unsuspend…" not in text(answer)
    kinds = Event.objects.filter(actor="bob@panel.example").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["account.suspended", "account.unsuspended"]


def test_refuses_a_suspension_without_a_reason_and_of_oneself(bobs, alice, operator):
    before = state_of_things()
    answer = bobs.post(page(alice, "suspend"), {"reason": ""})
    assert "This field is required." in text(answer)
    answer = bobs.post(f"/admin/accounts/user/{operator.pk}/suspend/", {"reason": "tired"})
    assert "You would lock yourself out: ask another operator." in text(answer)
    assert state_of_things() == before


def test_suspending_twice_says_so(bobs, alice):
    suspend(account_id=alice.id, reason="first")
    before = state_of_things()
    answer = bobs.post(page(alice, "suspend"), {"reason": "second"}, follow=True)
    assert "alice@example.com was suspended already." in text(answer)
    assert state_of_things() == before


def test_issues_a_key_whose_value_is_shown_once(bobs, alice):
    given = {
        "name": "shop",
        "dialect": "classic",
        "read_only": "on",
        "allowed_ips": "203.0.113.7\n198.51.100.0/24",
        "requests_per_minute": "30",
    }

    answer = bobs.post(page(alice, "issue-key"), given)

    key = ApiKey.objects.latest("id")
    assert (key.name, key.dialect, key.read_only, key.requests_per_minute) == ("shop", "classic", True, 30)
    assert key.allowed_ips == ["203.0.113.7/32", "198.51.100.0/24"]
    value = answer.context["value"]
    assert text(answer).count(value) == 1
    assert "no-store" in answer["Cache-Control"]
    assert value not in bobs.get(f"/admin/accounts/user/{alice.id}/change/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_was_issued_here_opens_the_door(bobs, alice, post):
    value = bobs.post(page(alice, "issue-key"), {"name": "shop", "dialect": "standard"}).context["value"]
    assert post(key=value, action="balance").json == {"balance": "100.00", "currency": "USD"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"allowed_ips": "here"}, "'here' is no address or network: write 203.0.113.7 or 203.0.113.0/24"),
        ({"requests_per_minute": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"expires_at": "soon"}, "Enter a valid date/time."),
        ({"name": "x" * 101}, "Ensure this value has at most 100 characters (it has 101)."),
    ],
)
def test_refuses_a_key_that_cannot_be(bobs, alice, given, message):
    answer = bobs.post(page(alice, "issue-key"), given)
    assert message in text(answer)
    assert ApiKey.objects.count() == 1


def test_refuses_the_eleventh_key(bobs, alice):
    for _ in range(9):
        issue_key(account_id=alice.id)
    answer = bobs.post(page(alice, "issue-key"), {"dialect": "standard"})
    assert "At most 10 active keys: revoke one first." in text(answer)
    assert ApiKey.objects.count() == 10


def test_changes_the_tier_by_the_operators_word(bobs, alice):
    agency = Tier.objects.get(name="Agency")
    given = {"tier": agency.pk, "pinned": "on", "reason": "a friend"}
    assert "alice@example.com is in Agency now." in text(bobs.post(page(alice, "tier"), given, follow=True))
    user = User.objects.get(pk=alice.id)
    assert (user.tier, user.tier_pinned) == (agency, True)


def test_creates_a_reseller(bobs):
    answer = bobs.post(reverse("admin:accounts_user_add"), {"email": " Carol@Example.com "}, follow=True)
    assert "carol@example.com is created" in text(answer)
    user = User.objects.get(email="carol@example.com")
    assert (user.is_staff, user.has_usable_password(), user.wallet.balance) == (False, False, Decimal(0))
    assert Event.objects.get(kind="account.created", subject_id=user.pk).actor == "bob@panel.example"


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("ALICE@example.com", "alice@example.com already has an account."),
        ("alice at example", "'alice at example' is not an e-mail address."),
        ("", "This field is required."),
    ],
)
def test_refuses_an_account_that_cannot_be(bobs, alice, email, message):
    before = state_of_things()
    answer = bobs.post(reverse("admin:accounts_user_add"), {"email": email, "password": "hunter2 staple battery"})
    assert message in text(answer)
    assert "hunter2" not in answer.content.decode()
    assert state_of_things() == before


def test_refuses_a_password_that_others_would_guess(bobs, tiers):
    before = state_of_things()
    answer = bobs.post(reverse("admin:accounts_user_add"), {"email": "carol@example.com", "password": "password1"})
    assert "This password is too common." in text(answer)
    assert state_of_things() == before


@pytest.mark.parametrize("button", ["deposit", "adjust", "low-balance", "suspend", "unsuspend", "issue-key", "tier"])
def test_the_buttons_are_for_operators_alone(client, bobs, alice, button, operator):
    assert bobs.get(f"/admin/accounts/user/999999/{button}/").status_code == 404
    client.force_login(alice.user)
    before = state_of_things()
    answer = client.post(page(alice, button), {"amount": "5", "reference": "r", "reason": "x"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
    assert state_of_things() == before


def test_staff_without_the_permission_press_no_button(client, alice, operator):
    operator.is_superuser = False
    operator.save()
    client.force_login(operator)
    before = state_of_things()
    assert client.post(page(alice, "deposit"), {"amount": "5", "reference": "r"}).status_code == 403
    assert state_of_things() == before
