"""What a reseller may give as an address, before any name is looked up."""


class InvalidUrl(ValueError):
    """It is no URL that a webhook can have: not https, too long, or none at all."""


class NotPublic(ValueError):
    """The URL has userinfo or a port of the system's, or it does not resolve to public addresses only."""


def checked(url: str) -> str:
    """Return the URL as it is kept.

    :raises InvalidUrl: where it is not an https URL (http with WEBHOOK_ALLOW_HTTP) of at most LONGEST_URL characters.
    :raises NotPublic: where its host, port or userinfo is not what a public receiver has.
    """
    return url


def resolve_now(url: str) -> None:
    """Look the host up and check every address. It may take RESOLVE_WITHIN seconds: not inside a transaction.

    :raises NotPublic: unless it resolves, and to public addresses only.
    """
