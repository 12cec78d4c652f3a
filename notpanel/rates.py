"""How an operator writes a rate limit: `300/m`, or `off`."""

from django.core.exceptions import ImproperlyConfigured


def rate(text: str) -> int | None:
    """Return the requests a minute that `300/m` stands for; `off` is None, no limit.

    :raises ImproperlyConfigured: for anything else.
    """
    if text == "off":
        return None
    number, _, unit = text.partition("/")
    if unit != "m" or not number.isascii() or not number.isdigit() or int(number) < 1:
        raise ImproperlyConfigured(f"{text!r} is not a rate limit: write requests a minute as 300/m, or off")
    return int(number)
