"""Through the operator's egress proxy: what it is asked for was looked up and checked before."""

import pytest

from tests.webhooks.attempts import Names, outcome
from tests.webhooks.certificates import Authority
from tests.webhooks.proxy import Proxy
from tests.webhooks.receiver import Receiver, hang, status
from webhooks.outcomes import Answered, NotAnswered, OurFault
from webhooks.sender import Sender

NAME = "hooks.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(authority):
    """A receiver by TLS, at an address that may be reached."""
    with Receiver(tls=authority.serving(NAME)) as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def one_address(settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.1/32"]


def through(proxy_url, url, settings, authority, names=None):
    settings.WEBHOOK_PROXY = proxy_url
    with Sender(look_up=names or Names(hooks_example=[["127.0.0.1"]]), ssl_context=authority.trusting) as sender:
        return outcome(sender, url)


def test_the_proxy_sees_the_address_and_the_receiver_the_name(secure, authority, settings):
    names = Names(hooks_example=[["::1", "127.0.0.1"]])
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.1/32", "::1/128"]
    with Proxy() as proxy:
        url = f"https://{NAME}:{secure.port}/hook"
        assert through(proxy.url, url, settings, authority, names) == Answered(204)
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT 127.0.0.1:{secure.port} HTTP/1.1\r\nHost: 127.0.0.1:{secure.port}\r\n")
    assert NAME not in head
    assert "webhook-" not in head
    (got,) = secure.got
    assert (got.path, got.headers["host"]) == ("/hook", f"{NAME}:{secure.port}")
    assert names.asked == [NAME]


def test_a_tunnel_is_not_used_again(secure, authority, settings):
    with Proxy() as proxy:
        settings.WEBHOOK_PROXY = proxy.url
        names = Names(hooks_example=[["127.0.0.1"]])
        with Sender(look_up=names, ssl_context=authority.trusting) as sender:
            for _ in range(2):
                assert outcome(sender, f"https://{NAME}:{secure.port}/") == Answered(204)
    assert (len(proxy.heads), len(names.asked)) == (2, 2)


@pytest.mark.parametrize("addresses", [["127.0.0.2"], ["127.0.0.1", "127.0.0.2"], ["10.0.0.1"], ["169.254.169.254"]])
def test_the_proxy_is_not_asked_for_a_private_address(addresses, secure, authority, settings):
    names = Names(hooks_example=[addresses])
    with Proxy() as proxy:
        found = through(proxy.url, f"https://{NAME}:{secure.port}/", settings, authority, names)
    assert found == NotAnswered(f"{addresses[-1]} is not a public address")
    assert (proxy.heads, secure.connections) == ([], 0)


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "2130706433", "localhost.", "10.0.0.1"])
def test_the_proxy_is_not_asked_for_a_private_host(host, secure, authority, settings):
    with Proxy() as proxy:
        found = through(proxy.url, f"https://{host}:{secure.port}/", settings, authority)
    assert isinstance(found, NotAnswered)
    assert (proxy.heads, secure.connections) == ([], 0)


def test_the_certificate_is_for_the_name(authority, settings):
    with Proxy() as proxy, Receiver(tls=authority.serving("127.0.0.1")) as receiver:
        found = through(proxy.url, f"https://{NAME}:{receiver.port}/", settings, authority)
    assert found == NotAnswered("TLS: Hostname mismatch, certificate is not valid for 'hooks.example'.")
    assert receiver.got == []


@pytest.mark.parametrize("host", [NAME, "127.0.0.1"])
def test_a_proxy_that_cannot_be_reached_is_our_fault(host, secure, authority, settings):
    with Proxy() as proxy:
        pass
    assert through(proxy.url, f"https://{host}:{secure.port}/", settings, authority) == OurFault(
        "the egress proxy cannot be reached"
    )


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (403, OurFault("the egress proxy refused: 403", or_its_own=True)),
        (407, OurFault("the egress proxy refused: 407")),
        (500, OurFault("the egress proxy refused: 500")),
        (502, NotAnswered("the egress proxy could not reach it: 502")),
        (503, NotAnswered("the egress proxy could not reach it: 503")),
        (504, NotAnswered("the egress proxy could not reach it: 504")),
    ],
)
def test_what_the_proxy_refuses_is_our_fault_unless_it_could_not_reach_it(code, found, secure, authority, settings):
    with Proxy(f"HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n".encode()) as proxy:
        assert through(proxy.url, f"https://{NAME}:{secure.port}/", settings, authority) == found
    assert secure.connections == 0


def test_a_proxy_that_does_not_answer_is_our_fault(secure, authority, settings):
    silent = OurFault("the egress proxy does not answer", or_its_own=True)
    with Proxy(b"") as proxy:  # it closes at once
        assert through(proxy.url, f"https://{NAME}:{secure.port}/", settings, authority) == silent
    settings.WEBHOOK_TIMEOUT = 0.3
    with Receiver() as hanging:
        hanging.otherwise = hang
        assert through(hanging.url, f"https://{NAME}:{secure.port}/", settings, authority) == silent
    assert secure.connections == 0


def test_a_receiver_that_hangs_behind_the_proxy_is_its_own_affair(secure, authority, settings):
    settings.WEBHOOK_TIMEOUT = 0.3
    secure.otherwise = hang
    with Proxy() as proxy:
        found = through(proxy.url, f"https://{NAME}:{secure.port}/", settings, authority)
    assert found == NotAnswered("no answer within 0.3 s")
    secure.release()


def test_a_407_by_the_tunnel_is_the_receivers(secure, authority, settings):
    secure.otherwise = status(407)
    with Proxy() as proxy:
        assert through(proxy.url, f"https://{NAME}:{secure.port}/", settings, authority) == Answered(407)


def test_a_proxy_may_ask_for_a_password(secure, authority, settings):
    with Proxy() as proxy:
        url = proxy.url.replace("//", "//panel:secret@")
        assert through(url, f"https://{NAME}:{secure.port}/", settings, authority) == Answered(204)
    assert "proxy-authorization: basic cgfuzww6c2vjcmv0" in proxy.heads[0].lower()
    assert not [each for each in secure.got[0].headers if "authorization" in each]


def test_an_http_url_does_not_leave_by_the_proxy_unless_http_is_allowed(authority, settings):
    with Proxy() as proxy, Receiver() as receiver:
        found = through(proxy.url, f"http://{NAME}:{receiver.port}/", settings, authority)
    assert found == NotAnswered("not a URL that webhooks are sent to: not an https URL")
    assert proxy.heads == []
