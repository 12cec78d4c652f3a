"""The operator's commands about accounts, as they are called and as they answer."""

import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts import keys
from accounts.models import ApiKey, User
from accounts.queries import key_by_digest
from events.models import Event
from tests.books import assert_books_agree
from wallets.models import Entry, Wallet
from wallets.operations import adjust

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tiers")]
GOOD = "correct horse battery"


def say(*args):
    """Run a command and return what it prints."""
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue().strip()


def say_json(*args):
    return json.loads(say(*args, "--json"))


def refuses(*args):
    """Run a command that must refuse; return its sentence."""
    out = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(*args, stdout=out)
    assert out.getvalue() == ""
    return str(refusal.value)


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (User, Wallet, Entry, ApiKey, Event)]


def test_a_reseller_is_made_with_all_that_is_printed():
    made = say_json("create_reseller", "Alice@example.com", "--deposit", "100", "--key-name", "shop")
    assert list(made) == ["email", "password", "api_key", "dialect", "account", "balance", "tier"]
    assert (made["email"], made["balance"], made["tier"]) == ("alice@example.com", "100.00", "Standard")
    user = authenticate(username=made["email"], password=made["password"])
    assert user == User.objects.get(pk=made["account"])
    key = key_by_digest(keys.digest(made["api_key"]))
    assert key == ApiKey.objects.get(account_id=made["account"], name="shop")
    assert Wallet.objects.get(pk=made["account"]).balance == 100
    assert set(Event.objects.values_list("actor", flat=True)) == {"create_reseller"}
    assert_books_agree()


def test_to_people_it_prints_the_same_in_words():
    lines = say("create_reseller", "alice@example.com", "--password", GOOD, "--deposit", "0.5").splitlines()
    key = lines[2].split()[-1]
    assert keys.is_well_formed(key)
    assert lines == [
        "Made the reseller alice@example.com, in the tier Standard. Shown this once:",
        f"  Password  {GOOD}",
        f"  API key   {key}",
        "  Dialect   standard",
        "  Balance   0.50 USD",
    ]


def test_a_reseller_may_be_made_with_neither_key_nor_money():
    made = say_json("create_reseller", "alice@example.com", "--no-key")
    assert (made["api_key"], made["dialect"], made["balance"]) == (None, None, "0.00")
    assert (ApiKey.objects.count(), Entry.objects.count()) == (0, 0)
    lines = say("create_reseller", "bob@example.com", "--no-key").splitlines()
    assert lines[2:] == ["  API key   none; issue one in the admin", "  Balance   0.00 USD"]


@pytest.mark.parametrize(
    ("default", "given", "spoken"),
    [
        ("standard", (), "standard"),
        ("classic", (), "classic"),
        ("standard", ("--dialect", "classic"), "classic"),
        ("classic", ("--dialect", "standard"), "standard"),
    ],
)
def test_the_key_speaks_the_dialect_that_is_given_else_the_panels(settings, post, default, given, spoken):
    settings.API_DEFAULT_DIALECT = default
    made = say_json("create_reseller", "alice@example.com", *given)
    assert (made["dialect"], ApiKey.objects.get().dialect) == (spoken, spoken)
    answer = post(key=made["api_key"], action="status", order="1")
    expected = {"standard": (400, "Order not found"), "classic": (200, "Incorrect order ID")}
    assert (answer.status, answer.json["error"]) == expected[spoken]


@pytest.mark.parametrize(
    ("given", "threshold"), [((), "10"), (("--low-balance", "2.5"), "2.5"), (("--low-balance", "0"), "0")]
)
def test_a_reseller_has_the_low_balance_threshold_that_is_given(given, threshold):
    made = say_json("create_reseller", "alice@example.com", "--deposit", "100", *given)
    assert Wallet.objects.get(pk=made["account"]).low_balance_threshold == Decimal(threshold)


def test_a_deposit_that_reaches_a_tier_is_said():
    assert say_json("create_reseller", "alice@example.com", "--deposit", "5000")["tier"] == "Agency"


def test_two_passwords_that_are_made_are_not_the_same():
    one, two = (say_json("create_reseller", f"{name}@example.com") for name in ("alice", "bob"))
    assert one["password"] != two["password"]
    assert min(len(one["password"]), len(two["password"])) >= 20


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ALICE@example.com"], "alice@example.com already has an account"),
        (["nobody"], "'nobody' is not an e-mail address"),
        (["bob@example.com", "--deposit", "ten"], "'ten' is not an amount: write it like 12.50"),
        (["bob@example.com", "--deposit", "-10"], "-10.00000000 is not an amount above zero"),
        (
            ["bob@example.com", "--deposit", "0"],
            "0.00000000 is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals",
        ),
        (["bob@example.com", "--deposit", "1.000000001"], "'1.000000001' has more than eight decimals"),
        (["bob@example.com", "--deposit", "1e3"], "'1e3' is not an amount: write it like 12.50"),
        (["bob@example.com", "--deposit", "1000000000000"], "'1000000000000' is not an amount below 1,000,000,000,000"),
        (["bob@example.com", "--low-balance", "ten"], "'ten' is not an amount: write it like 12.50"),
        (["bob@example.com", "--low-balance", "-1"], "-1.00000000 is below zero; 0 means never"),
        (["bob@example.com", "--key-name", "x" * 101], "a key's name has at most 100 characters"),
        (["bob@example.com", "--dialect", "Classic"], "'Classic' is no dialect: use one of standard, classic"),
        (
            ["bob@example.com", "--password", "12345"],
            (
                "This password is too short. It must contain at least 8 characters. This password is too common. "
                "This password is entirely numeric."
            ),
        ),
        (["bob@example.com", "--password", "bob@example.com"], "The password is too similar to the e-mail address."),
    ],
)
def test_a_reseller_that_cannot_be_made_leaves_nothing_behind(args, said):
    say("create_reseller", "alice@example.com")
    before = everything()
    assert refuses("create_reseller", *args) == said
    assert everything() == before


def test_a_password_may_come_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    assert say_json("create_operator", "op@example.com", "--password", "-")["password"] == GOOD


def test_an_operator_is_made():
    made = say_json("create_operator", "op@example.com")
    assert list(made) == ["email", "password", "account"]
    user = authenticate(username="op@example.com", password=made["password"])
    assert user == User.objects.get(pk=made["account"], is_superuser=True)
    lines = say("create_operator", "op2@example.com", "--password", GOOD).splitlines()
    assert lines == ["Made the operator op2@example.com. Shown this once:", f"  Password  {GOOD}"]


def test_an_operator_with_a_taken_address_is_refused():
    say("create_reseller", "alice@example.com")
    before = everything()
    assert refuses("create_operator", "alice@example.com") == "alice@example.com already has an account"
    assert everything() == before


def test_a_deposit_is_posted_once_by_its_reference():
    say("create_reseller", "alice@example.com", "--deposit", "450")
    first = say_json("deposit", "alice@example.com", "50", "--reference", "INV-7", "--reason", "by bank")
    account = first.pop("account")
    expected = {"email": "alice@example.com", "amount": "50.00", "balance": "500.00", "tier": "Reseller"}
    assert first == expected | {"reference": "INV-7", "moved": True}
    adjust(account_id=account, amount=Decimal(-1), reference="a", actor="the test", reason="to move the balance")
    before = everything()
    again = say_json("deposit", "Alice@example.com", "50.00", "--reference", "INV-7")
    assert again == expected | {"account": account, "reference": "INV-7", "moved": False, "balance": "499.00"}
    assert say("deposit", "alice@example.com", "50", "--reference", "INV-7") == (
        "INV-7 was posted before, 50.00 USD: nothing has moved. alice@example.com holds 499.00 USD."
    )
    assert everything() == before
    assert_books_agree()


def test_a_deposit_says_what_it_did():
    say("create_reseller", "alice@example.com")
    assert say("deposit", "alice@example.com", "12.5", "--reference", "INV-7") == (
        "Deposited 12.50 USD (INV-7). alice@example.com now holds 12.50 USD."
    )


def test_deposits_without_a_reference_are_each_another():
    say("create_reseller", "alice@example.com")
    one, two = (say_json("deposit", "alice@example.com", "5") for _ in range(2))
    assert one["reference"] != two["reference"]
    assert (one["balance"], two["balance"]) == ("5.00", "10.00")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["bob@example.com", "10"], "there is no account bob@example.com"),
        (["alice@example.com", "much"], "'much' is not an amount: write it like 12.50"),
        (["alice@example.com", "-10"], "-10.00000000 is not an amount above zero"),
        (["alice@example.com", "11", "--reference", "a"], "the reference 'deposit:a' was already used for 10.00 USD"),
        (["alice@example.com", "11", "--reference", " "], "a deposit needs a reference: what names the payment"),
        (["alice@example.com", "11", "--reference", "x" * 193], "a reference has 1 to 200 characters, not 201"),
        (
            ["alice@example.com", "999999999999", "--reference", "b"],
            "with 999999999999.00 USD more the wallet would reach 1,000,000,000,000",
        ),
    ],
)
def test_a_deposit_that_cannot_be_posted_leaves_nothing_behind(args, said):
    say("create_reseller", "alice@example.com")
    say("deposit", "alice@example.com", "10", "--reference", "a")
    before = everything()
    assert refuses("deposit", *args) == said
    assert everything() == before


def test_an_account_is_suspended_and_let_in_again():
    account = say_json("create_reseller", "alice@example.com")["account"]
    assert say("suspend", "alice@example.com", "--reason", "chargebacks") == "alice@example.com is suspended."
    assert User.objects.get(pk=account).suspended_reason == "chargebacks"
    assert say("suspend", "alice@example.com", "--reason", "more") == (
        "alice@example.com was suspended before; nothing has changed."
    )
    assert say_json("unsuspend", "alice@example.com") == {
        "email": "alice@example.com",
        "account": account,
        "suspended": False,
        "changed": True,
    }
    assert say("unsuspend", "alice@example.com") == "alice@example.com was not suspended; nothing has changed."
    assert say_json("suspend", "alice@example.com", "--reason", "again")["changed"] is True
    assert say("unsuspend", "alice@example.com") == "alice@example.com may come in again."


def test_a_suspension_without_a_reason_or_an_account_is_refused():
    say("create_reseller", "alice@example.com")
    before = everything()
    assert refuses("suspend", "alice@example.com", "--reason", " ") == "say why: the reseller will ask"
    assert refuses("suspend", "alice@example.com").startswith("Error: the following arguments are required: --reason")
    assert refuses("suspend", "bob@example.com", "--reason", "r") == "there is no account bob@example.com"
    assert refuses("unsuspend", "bob@example.com") == "there is no account bob@example.com"
    assert everything() == before


def manage(*args):
    """Run manage.py as an operator does, on the tests' database."""
    database = settings.DATABASES["default"]
    user, password, folder = (quote(database[part], safe="") for part in ("USER", "PASSWORD", "HOST"))
    at = f"/{folder}" if database["HOST"].startswith("/") else f"{folder}:{database['PORT']}"
    url = f"postgres://{user}:{password}@{at}/{database['NAME']}"
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_from_the_shell_a_refusal_is_one_sentence_on_standard_error_and_exit_1():
    made = manage("create_reseller", "alice@example.com", "--json")
    assert (made.returncode, made.stderr) == (0, "")
    assert json.loads(made.stdout)["email"] == "alice@example.com"
    again = manage("create_reseller", "alice@example.com", "--json")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "CommandError: alice@example.com already has an account\n"
