"""What a provider can be called, where it can be, and what can be its key."""

import re
from urllib.parse import urlsplit


class ProviderRefused(Exception):
    """What was given for a provider cannot be kept; the message says what to do."""


class NameTaken(ProviderRefused):
    """Another provider has this name."""


class NoSuchProvider(ProviderRefused):
    """There is no provider with this id."""


def checked_name(name: str) -> str:
    """Return the name without spaces around it.

    :raises ProviderRefused: where none is left, or more than 100 characters.
    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise ProviderRefused("A provider's name has 1 to 100 printable characters.")
    return name


def checked_url(url: str) -> str:
    """Return the address of a provider's API.

    :raises ProviderRefused: where it is no http(s) URL, or carries a user name, a password or a fragment.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > 500 or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        raise ProviderRefused(f"{url[:200]!r} is no address: write it like https://provider.example/api/v2")
    if "@" in parts.netloc:
        raise ProviderRefused("The address of a provider carries no user name or password: give the key apart.")
    if parts.fragment:
        raise ProviderRefused("The address of a provider has no part after '#'.")
    return parts.geturl()


def checked_pace(calls_per_minute: int | None) -> int | None:
    """Return how many calls a minute it takes, None for as many as there are.

    :raises ProviderRefused: where that is none at all.
    """
    if calls_per_minute is not None and calls_per_minute < 1:
        raise ProviderRefused("The calls per minute are a number above 0, or left empty.")
    return calls_per_minute


def checked_key(key: str) -> str:
    """Return the key without spaces around it.

    :raises ProviderRefused: where none is left, or it has spaces inside.
    """
    key = key.strip()
    if not key or len(key) > 500 or not key.isprintable() or re.search(r"\s", key):
        raise ProviderRefused("A provider's key has 1 to 500 printable characters and no spaces.")
    return key
