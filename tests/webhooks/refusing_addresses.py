"""No address but a public one is accepted at registration or reached at a delivery, however it is written."""

import socket

import pytest

from tests.webhooks.attempts import message, outcome, tried, without
from tests.webhooks.receiver import Receiver
from webhooks import addresses, connecting, urls
from webhooks.outcomes import Answered, NotAnswered
from webhooks.resolving import NotAllowed
from webhooks.sender import Sender

EVERYTHING = ["0.0.0.0/0", "::/0"]

# Written canonically: refused as literals, and as what a name resolves to.
IPV4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",  # metadata of one cloud
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.255",
    "168.63.129.16",  # platform of another
    "161.26.0.10",  # a third one's services
    "166.9.8.1",
    "169.254.0.1",
    "169.254.169.254",  # metadata of most
    "169.254.170.2",  # of their containers
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",  # metadata of a third
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]
IPV6 = [
    "::",
    "::1",
    "::7f00:1",  # v4-compatible
    "::a00:1",
    "::ffff:7f00:1",  # v4-mapped
    "::ffff:a9fe:a9fe",
    "::ffff:0:7f00:1",  # translated, RFC 2765
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",  # Teredo
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",  # ORCHID
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4
    "2002:a9fe:a9fe::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # metadata of one cloud
    "fd20:ce::254",  # of another
    "fe80::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
]
# Refused as they are written, before anything is looked up.
SPELLINGS = [
    "2130706433",  # decimal
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "0177.0.0.1",  # octal
    "017700000001",
    "127.1",
    "127.0.1",
    "127.00.0.1",
    "127.0.0.1.",
    "127.0.0.1..",
    "127.0.0.01",
    "0",
    "0x",
    "1.1.1.1.",  # public, and yet not as addresses are written
    "16843009",
    "１２７.０.０.１",  # noqa: RUF001 -- full width
    "８.８.８.８",  # noqa: RUF001
    "127。0。0。1",
    "⑫⑦.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[64:ff9b::127.0.0.1]",
    "[fe80::1%eth0]",
    "[fe80::1%251]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛocalhost",
    "a.localhost",
    "metadata",
    "metadata.google.internal",
    "metadata.google.internal.",
    "printer.local",
    "router.home.arpa",
    "hidden.onion",
    "user@example.com",
    "user:password@example.com",
    "example.com@127.0.0.1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.fixture(scope="module")
def receivers():
    with Receiver("127.0.0.1") as four, Receiver("::1") as six:
        yield four, six


@pytest.fixture(autouse=True)
def by_http(settings):
    """Only the addresses stand between a message and the receivers."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_NETWORKS = []


def url_of(host, receivers):
    four, six = receivers
    return f"http://{host}:{(six if host.startswith('[::1]') else four).port}/"


def literal(address):
    return f"[{address}]" if ":" in address else address


WRITTEN = [*map(literal, IPV4 + IPV6), *SPELLINGS]


def test_the_table_is_long_enough():
    assert len(set(WRITTEN)) == len(WRITTEN) > 100


@pytest.mark.parametrize("host", WRITTEN)
def test_is_refused_as_it_is_written(host, receivers):
    with pytest.raises((urls.NotPublic, urls.InvalidUrl)) as refused:
        urls.checked(url_of(host, receivers))
    assert refused.type is urls.NotPublic


@pytest.mark.parametrize("address", IPV4 + IPV6)
def test_is_refused_as_what_a_name_resolves_to(address):
    with pytest.raises(urls.NotPublic):
        urls.resolve_now("https://hooks.example", lambda _: [address])
    with pytest.raises(urls.NotPublic):
        urls.resolve_now("https://hooks.example", lambda _: ["8.8.8.8", address])


def test_none_is_reached_by_a_delivery(receivers):
    four, six = receivers
    before = four.connections, six.connections
    with Sender() as sender:
        done = tried(sender, *(message(url_of(host, receivers)) for host in WRITTEN))
    said = [each.outcome.error for each in done if isinstance(each.outcome, NotAnswered)]
    assert len(said) == len(WRITTEN)
    assert {each.partition(":")[0] for each in said} == {"not a URL that webhooks are sent to"}
    assert (four.connections, six.connections) == before


def test_none_is_reached_by_a_name(receivers):
    four, six = receivers
    before = four.connections, six.connections
    resolves = {f"n{number}.example": address for number, address in enumerate(IPV4 + IPV6)}
    with Sender(look_up=lambda name: [resolves[name]]) as sender:
        for port in (four.port, six.port):
            done = tried(sender, *(message(f"http://{name}:{port}/") for name in resolves))
            assert [each.outcome for each in done] == [
                NotAnswered(f"{address} is not a public address") for address in resolves.values()
            ]
    assert (four.connections, six.connections) == before


REACHING = ["127.0.0.1", "0.0.0.0", "[::1]", "localhost"]


@pytest.mark.parametrize("host", REACHING)
def test_with_the_guard_off_this_machine_is_reached(host, receivers, settings):
    settings.WEBHOOK_ALLOW_NETWORKS = EVERYTHING
    url = url_of(host, receivers)
    urls.resolve_now(urls.checked(url))
    with Sender() as sender:
        assert outcome(sender, url) == Answered(204)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::ffff:127.0.0.1"])
def test_with_the_guard_off_a_name_reaches_this_machine(address, receivers, settings):
    settings.WEBHOOK_ALLOW_NETWORKS = EVERYTHING
    with Sender(look_up=lambda _: [address]) as sender:
        assert outcome(sender, url_of("hooks.example", receivers)) == Answered(204)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_the_socket_refuses_by_itself_what_is_written(host, receivers, monkeypatch):
    before = [each.connections for each in receivers]
    with without("webhooks.urls.checked", monkeypatch, lambda url: url), Sender() as sender:
        assert outcome(sender, url_of(host, receivers)) == NotAnswered(f"{host.strip('[]')} is not a public address")
    assert [each.connections for each in receivers] == before


def test_the_socket_refuses_by_itself_what_was_looked_up(receivers, monkeypatch):
    before = [each.connections for each in receivers]
    unchecked = without("webhooks.connecting.public_addresses", monkeypatch, lambda host, look_up: look_up(host))
    with unchecked, Sender(look_up=lambda _: ["127.0.0.1"]) as sender:
        found = outcome(sender, url_of("hooks.example", receivers))
        assert found == NotAnswered("127.0.0.1 is not a public address")
    assert [each.connections for each in receivers] == before


def test_a_socket_with_a_zone_is_not_opened():
    info = (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("fe80::1%lo", 443, 0, 1))
    with pytest.raises(NotAllowed):
        connecting.open_socket(info)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_accepted(address):
    url = f"https://{literal(address)}/hook"
    assert urls.checked(url) == url
    urls.resolve_now(url)
    urls.resolve_now("https://hooks.example", lambda _: [address])


def test_the_operator_allows_networks(settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8", "fd00::/8"]
    assert addresses.may_be_reached("127.0.0.1")
    assert addresses.may_be_reached("fd00:ec2::254")
    assert not addresses.may_be_reached("::ffff:127.0.0.1")
    assert not addresses.may_be_reached("10.0.0.1")
    assert not addresses.may_be_reached("no address")


def test_a_zone_is_refused_with_any_address(settings):
    settings.WEBHOOK_ALLOW_NETWORKS = EVERYTHING
    assert addresses.may_be_reached("2606:4700:4700::1111")
    assert not addresses.may_be_reached("2606:4700:4700::1111%eth0")
