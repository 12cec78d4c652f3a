"""The panel's secrets: made once, or given by the operator."""

import json
import stat
import subprocess
import sys

import environ
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from notpanel import secret_keys
from notpanel.home import Home, HomeError

NAMES = ("SECRET_KEY", "ENCRYPTION_KEYS")


@pytest.fixture(autouse=True)
def _no_secrets_around(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def load(home, *, embedded):
    env = environ.FileAwareEnv()
    env.ENVIRON = FileAwareMapping(cache=False)  # what one test reads is not the next one's
    return secret_keys.load(env, home, embedded=embedded)


def test_they_are_made_on_first_use_and_kept(folder):
    home = Home(folder / "home")
    first = load(home, embedded=True)
    assert first == load(home, embedded=True)
    assert len(first.django) >= 50
    assert Fernet(first.encryption[0]).decrypt(Fernet(first.encryption[0]).encrypt(b"a key")) == b"a key"
    assert first.database != first.superuser


def test_only_their_owner_can_read_them(home):
    load(home, embedded=True)
    assert stat.S_IMODE(home.secrets_file.stat().st_mode) == 0o600
    assert [left.name for left in home.path.glob("secrets*")] == ["secrets.json"]


def test_two_processes_that_make_them_at_once_agree(home):
    script = (
        "import sys, environ; from pathlib import Path\n"
        "from notpanel import secret_keys; from notpanel.home import Home\n"
        "sys.stdin.read(); print(secret_keys.load(environ.FileAwareEnv(), Home(Path(sys.argv[1])), embedded=True))"
    )
    command = [sys.executable, "-c", script, str(home.path)]
    racing = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for process in racing:
        assert process.stdin
        process.stdin.close()  # the end of its input is the start
        process.stdin = None
    answers = {process.communicate()[0] for process in racing}
    assert len(answers) == 1
    assert "Secrets(" in answers.pop()
    assert [process.returncode for process in racing] == [0, 0, 0, 0]


def test_the_environment_wins(home, monkeypatch):
    kept = load(home, embedded=True)
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new}, {old}")
    found = load(home, embedded=True)
    assert (found.django, found.encryption) == ("from the environment", [new, old])
    assert found.database == kept.database


def test_a_file_can_hold_one(home, monkeypatch, folder):
    (folder / "key").write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv("SECRET_KEY_FILE", str(folder / "key"))
    assert load(home, embedded=True).django == "from a file"


def test_a_file_that_cannot_be_read_is_named(home, monkeypatch):
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere/key")
    with pytest.raises(ImproperlyConfigured) as refused:
        load(home, embedded=True)
    assert str(refused.value) == (
        "SECRET_KEY_FILE names /nowhere/key, which cannot be read: No such file or directory."
    )


@pytest.mark.parametrize("missing", NAMES)
def test_with_the_operators_own_database_a_missing_one_is_asked_for(folder, monkeypatch, missing):
    home = Home(folder / "home")
    given = {"SECRET_KEY": "given", "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    for name in set(NAMES) - {missing}:
        monkeypatch.setenv(name, given[name])
    with pytest.raises(ImproperlyConfigured) as refused:
        load(home, embedded=False)
    message = str(refused.value)
    assert message.startswith(
        f"{missing} is not set. With a database of your own the panel makes no secrets itself: set {missing}, or "
        f"{missing}_FILE to a file that holds it. Make one with: python3 -c '"
    )
    assert not home.path.exists()
    made = subprocess.run(
        ["sh", "-c", message.partition("Make one with: ")[2]], capture_output=True, text=True, check=True
    )
    monkeypatch.setenv(missing, made.stdout)
    assert load(home, embedded=False).database == ""


@pytest.mark.parametrize("wrong", ["abc", "é" * 44, "a" * 44])
def test_a_key_that_cannot_encrypt_is_refused_by_its_number(home, monkeypatch, wrong):
    monkeypatch.setenv("SECRET_KEY", "given")
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{Fernet.generate_key().decode()},{wrong}")
    with pytest.raises(ImproperlyConfigured, match=r"^Key 2 of 2 in ENCRYPTION_KEYS is not a Fernet key"):
        load(home, embedded=False)


def test_lost_secrets_are_not_replaced_while_their_database_is_there(home):
    home.postgres.mkdir()
    (home.postgres / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with pytest.raises(HomeError, match=r"secrets.json is missing.*Restore it from a backup"):
        load(home, embedded=True)
    assert not home.secrets_file.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps("text")])
def test_a_damaged_file_is_named_and_left_as_it_is(home, content):
    home.secrets_file.write_text(content, encoding="utf-8")
    with pytest.raises(HomeError, match=r"secrets.json is damaged.*Restore it from a backup"):
        load(home, embedded=True)
    assert home.secrets_file.read_text(encoding="utf-8") == content
