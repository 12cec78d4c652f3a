"""The link guard: while an order for a link is open, no second one is taken, where the operator wants it so.

What must not be there twice is kept on the order (`Order.guard`, unique) and taken off when it ends.
"""

from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings

from catalog.models import Service

DEFAULT_PORTS = {"http": 80, "https": 443}


def guard_of(service: Service, target: str, account_id: int) -> bytes | None:
    """Return what no two open orders may share, 32 bytes; None where the operator does not mind.

    A drip-feed order is one order: it holds its link until its last run has ended. A post of a subscription has none.

    :param target: the link; of a subscription, which has none, the username.
    """
    if settings.LINK_GUARD == "off" or not target:
        return None
    scope = "panel" if settings.LINK_GUARD == "panel" else f"account {account_id}"
    return sha256("\0".join([scope, str(service.pk), normalised(target)]).encode()).digest()


def normalised(target: str) -> str:
    """Return the link as every spelling of it comes out: host in lower case, no default port, fragment or last slash.

    Source: RFC 3986, 6.2.2.1 and 6.2.3; the last slash and the fragment are our own, since panels deliver to the same
    page. What is no http(s) URL is a user's name: without the @ before it, in lower case.
    """
    try:
        parts = urlsplit(target.strip())
        port = parts.port
    except ValueError:
        return _name(target)
    if parts.scheme not in DEFAULT_PORTS or parts.hostname is None:
        return _name(target)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{shown_port}{parts.path.rstrip('/')}{query}"


def _name(target: str) -> str:
    return target.strip().removeprefix("@").lower()
