"""`rotate_encryption`: every room's secrets are written with the first key, one after the other."""

import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

import providers.queries
from kit import clock, encryption
from providers.models import Provider
from providers.operations import add_provider
from tests.webhooks.conftest import listen, locally
from webhooks.models import Endpoint
from webhooks.operations import endpoints, reencrypting

pytestmark = pytest.mark.django_db
__all__ = ["listen", "locally"]


def said(*args):
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


@pytest.fixture
def new_key(settings):
    """A second key, to be put first."""
    return Fernet.generate_key().decode()


@pytest.fixture
def stored(alice, bob, listen):
    """Two providers' keys, and two endpoints of which one has an old secret too: all secrets of webhooks."""
    for name in ("one", "two"):
        add_provider(name=name, url="http://127.0.0.1:9/", key=f"key-of-{name}")
    listen(alice)
    endpoints.rotate_secret(endpoint_id=listen(bob).pk)
    return read()


def read():
    """Every secret of webhooks with the keys there are."""
    first, second = Endpoint.objects.order_by("id")
    tokens = (first.secret_encrypted, second.secret_encrypted, second.old_secret_encrypted)
    return [encryption.decrypt(token) for token in tokens]


def test_it_may_be_run_again_and_then_only_the_new_key_is_needed(settings, stored, new_key):
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    sentence = (
        "The secrets of 2 providers, 2 webhooks and 0 second factors "
        "are now encrypted with the first of ENCRYPTION_KEYS."
    )
    assert [said("rotate_encryption") for _ in range(2)] == [sentence] * 2
    settings.ENCRYPTION_KEYS = [new_key]
    assert [providers.queries.client_for(each).key for each in Provider.objects.all()] == ["key-of-one", "key-of-two"]
    assert read() == stored


def test_it_prints_json_for_a_program(stored):
    assert json.loads(said("rotate_encryption", "--json")) == {"providers": 2, "webhooks": 2, "second_factors": 0}


def test_it_names_what_it_cannot_read_and_does_the_others(settings, stored, new_key):
    lost = Provider.objects.get(name="one")
    first, second = Endpoint.objects.order_by("id")
    foreign = Fernet(Fernet.generate_key()).encrypt(b"lost").decode()
    Provider.objects.filter(pk=lost.pk).update(key_encrypted=foreign)
    Endpoint.objects.filter(pk=second.pk).update(old_secret_encrypted=foreign)
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    with pytest.raises(CommandError) as refusal:
        said("rotate_encryption")
    lines = str(refusal.value).splitlines()
    assert [each.partition(": ")[0] for each in lines] == [f"provider {lost.pk}", f"webhook {second.shown_id}"]
    assert all("was encrypted with a key that is not in ENCRYPTION_KEYS: put that key back" in each for each in lines)
    settings.ENCRYPTION_KEYS = [new_key]
    assert providers.queries.client_for(Provider.objects.get(name="two")).key == "key-of-two"
    first.refresh_from_db()
    second.refresh_from_db()
    assert [encryption.decrypt(each.secret_encrypted) for each in (first, second)] == stored[:2]


def test_what_was_removed_is_left_alone(settings, stored, new_key):
    first = Endpoint.objects.order_by("id")[0]
    Endpoint.objects.filter(pk=first.pk).update(removed_at=clock.now(), secret_encrypted="no key opens this")
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    assert said("rotate_encryption").startswith("The secrets of 2 providers, 1 webhook and 0 second factors are now")


def test_what_it_did_before_it_was_interrupted_is_done(settings, stored, new_key, monkeypatch):
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    first, second = Endpoint.objects.order_by("id")
    reencrypt = reencrypting.reencrypt_secrets

    def interrupted(*, endpoint_id):
        if endpoint_id == second.pk:
            raise KeyboardInterrupt
        return reencrypt(endpoint_id=endpoint_id)

    with monkeypatch.context() as patch:
        patch.setattr("notpanel.management.commands.rotate_encryption.reencrypt_secrets", interrupted)
        with pytest.raises(KeyboardInterrupt):
            said("rotate_encryption")
    settings.ENCRYPTION_KEYS = [new_key]
    first.refresh_from_db()
    assert encryption.decrypt(first.secret_encrypted) == stored[0]
    with pytest.raises(encryption.CannotDecrypt):
        encryption.decrypt(second.secret_encrypted)
