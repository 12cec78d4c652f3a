"""Only a receiver with a certificate for its name, by an authority that is trusted, is told anything."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.webhooks.attempts import outcome
from tests.webhooks.certificates import Authority
from tests.webhooks.receiver import Receiver
from webhooks.outcomes import Answered, NotAnswered
from webhooks.sender import Sender

NAME = "hooks.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def locally(settings):
    """Receivers on this machine, by https only."""
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]


def sent(tls, trusted, name=NAME):
    """Return what came of a message, and the receiver that was to get it."""
    with Receiver(tls=tls) as receiver, Sender(look_up=lambda _: ["127.0.0.1"], ssl_context=trusted) as sender:
        return outcome(sender, f"https://{name}:{receiver.port}/"), receiver


def test_a_receiver_that_is_vouched_for_gets_it(authority):
    found, receiver = sent(authority.serving(NAME), authority.trusting)
    assert found == Answered(204)
    assert receiver.got[0].headers["host"] == f"{NAME}:{receiver.port}"


def test_an_address_can_have_a_certificate_too(authority):
    found, _ = sent(authority.serving("127.0.0.1"), authority.trusting, "127.0.0.1")
    assert found == Answered(204)


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ({"self_signed": True}, "TLS: self-signed certificate"),
        ({"until": datetime.now(UTC) - timedelta(days=1)}, "TLS: certificate has expired"),
        ({"name": "other.example"}, "TLS: Hostname mismatch, certificate is not valid for 'hooks.example'."),
    ],
)
def test_a_wrong_certificate_is_refused(served, said, authority):
    found, receiver = sent(authority.serving(**{"name": NAME} | served), authority.trusting)
    assert found == NotAnswered(said)
    assert receiver.got == []


def test_an_authority_that_is_not_the_systems_is_refused(authority):
    found, receiver = sent(authority.serving(NAME), None)
    assert found == NotAnswered("TLS: unable to get local issuer certificate")
    assert receiver.got == []


def test_a_receiver_without_tls_gets_nothing(authority, settings):
    settings.WEBHOOK_TIMEOUT = 0.5
    found, receiver = sent(None, authority.trusting)
    assert found == NotAnswered("no answer within 0.5 s")
    assert (receiver.connections, receiver.got) == (1, [])
