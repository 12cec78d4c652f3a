"""What is accepted as a URL, as it is kept, and what is refused as which error."""

import socket
import threading

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from tests.webhooks.attempts import after
from webhooks import resolving, urls
from webhooks.models import LONGEST_URL
from webhooks.urls import InvalidUrl, NotPublic

LONG = "https://hooks.example/" + "x" * (LONGEST_URL - 22)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://hooks.example", "https://hooks.example"),
        ("https://hooks.example/a/b?c=d&e=%2F+g", "https://hooks.example/a/b?c=d&e=%2F+g"),
        ("HTTPS://Hooks.EXAMPLE/Path", "https://hooks.example/Path"),
        ("https://hooks.example:443/", "https://hooks.example/"),
        ("https://hooks.example:/", "https://hooks.example/"),
        ("https://hooks.example:1024/", "https://hooks.example:1024/"),
        ("https://hooks.example:65535?a=b", "https://hooks.example:65535?a=b"),
        ("https://hooks.example/a#b", "https://hooks.example/a"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://my_hook.example/@user", "https://my_hook.example/@user"),
        ("https://8.8.8.8:8443/", "https://8.8.8.8:8443/"),
        ("https://[2606:4700:4700::1111]:8443/", "https://[2606:4700:4700::1111]:8443/"),
        (LONG, LONG),
    ],
)
def test_keeps(written, kept):
    assert urls.checked(written) == kept
    assert urls.checked(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hooks.example",
        "//hooks.example/",
        "https:hooks.example",
        "https:/hooks.example",
        "https://",
        "https:///a",
        "https://:8443/",
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "javascript:alert(1)",
        " https://hooks.example/",
        "https://hooks.example/\n",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nHost: a",
        "https://hooks.example/\x00",
        "https://hooks.example/\x7f",
        "https://hooks.example/\u00a0",
        "https://hooks.example/\u202e",
        "https://hooks.example/\ud800",
        "https://hooks\u200b.example/",
        "https://hooks.example\\@127.0.0.1/",
        "https:\\\\hooks.example/",
        "https://hooks.example:65536/",
        "https://hooks.example:999999/",
        "https://hooks.example:-1/",
        "https://hooks.example:80a/",
        "https://hooks.example:٨٠٨٠/",
        "https://hooks.example:1:2/",
        "https://hooks..example/",
        "https://.hooks.example/",
        "https://-hooks.example/",
        "https://hooks-.example/",
        "https://hooks%2e.example/",
        "https://hooks.example%00.a.b/",
        "https://hooks!.example/",
        "https://[2606:4700::1111/",
        "https://2606:4700::1111/",
        "https://[hooks.example]/",
        "https://[]/",
        "https://[v1.a]/",
        f"https://{'x' * 64}.example/",
        f"https://{'x.' * 130}example/",
        LONG + "x",
        "https://hooks.example/" + "ä" * 400,
    ],
)
def test_refuses_as_no_url(written):
    with pytest.raises(InvalidUrl):
        urls.checked(written)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 80, 444, 445, 1023])
def test_refuses_a_port_of_the_systems(port):
    with pytest.raises(NotPublic):
        urls.checked(f"https://hooks.example:{port}/")


def test_in_development_http_and_its_port_may_be_used(settings):
    settings.WEBHOOK_ALLOW_HTTP = True
    assert urls.checked("http://hooks.example:80/a") == "http://hooks.example/a"
    assert urls.checked("http://hooks.example:8000/") == "http://hooks.example:8000/"
    with pytest.raises(NotPublic):
        urls.checked("http://hooks.example:22/")


def test_in_development_localhost_may_be_used(settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]
    urls.resolve_now(urls.checked("https://localhost:8443/"))
    assert resolving.public_addresses("localhost") == ["127.0.0.1"]
    with pytest.raises(NotPublic):
        urls.checked("https://api.localhost:8443/")


PLAIN = r"https http : / // ? # @ [ ] \ %2f %40 . .. a.b 8.8.8.8 127.0.0.1 ::1 localhost 443 8080 ; & xn--a 0x7f.1"
WORDS = st.sampled_from([*PLAIN.split(), "\t", "\n", " ", "\u3002", "\uff0f", "\uff20", "\u2100", "\u00df"])


@given(st.lists(WORDS | st.characters(), max_size=12))
@hypothesis.settings(max_examples=500, deadline=None)
def test_what_is_accepted_is_read_by_the_client_as_it_was_checked(words):
    for prefix in ("https://", "https://a.b", "https://8.8.8.8:"):
        try:
            kept = urls.checked(prefix + "".join(words))
        except (InvalidUrl, NotPublic):
            continue
        read = URL(kept, encoded=True)
        assert (read.scheme, read.raw_host, read.raw_user) == ("https", urls.host_of(kept), None)
        assert kept.isascii()
        assert urls.checked(kept) == kept


def none(name):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def away(name):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def untakable(name):
    raise UnicodeError("label too long")


@pytest.mark.parametrize("look_up", [none, away, untakable, lambda _: [], lambda _: ["no address"]])
def test_refuses_a_name_that_does_not_resolve(look_up):
    with pytest.raises(NotPublic):
        urls.resolve_now("https://hooks.example/", look_up)


def test_refuses_a_name_that_the_system_does_not_know():
    with pytest.raises(NotPublic):
        urls.resolve_now("https://no-such-name.invalid/")


def test_gives_up_on_a_slow_name(monkeypatch):
    monkeypatch.setattr(urls, "RESOLVE_WITHIN", 0.1)
    over = threading.Event()
    try:
        with pytest.raises(NotPublic):
            urls.resolve_now("https://hooks.example/", after(over, lambda _: ["8.8.8.8"]))
    finally:
        over.set()


def test_a_name_is_asked_for_without_search_domains(monkeypatch):
    known = {"hooks.example.": [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 0))]}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: known[host])
    assert resolving.look_up("hooks.example") == ["8.8.8.8"]
