"""What is kept of an answer, and what it asks for."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from kit import clock

MOST_READ = 4096  # bytes of a body
LONGEST_EXCERPT = 2000  # characters
LONGEST_OF_SUCCESS = 200  # most answers say that all is well, and nobody looks at them


def excerpt(body: bytes, status: int) -> str:
    """Return the beginning of a body as text that can be kept and shown: UTF-8, without control characters."""
    longest = LONGEST_OF_SUCCESS if 200 <= status <= 299 else LONGEST_EXCERPT
    text = body.decode(errors="replace")[:longest]
    if text.isprintable():
        return text
    return "".join(each for each in text if each.isprintable() or each in "\n\t")


def retry_after(header: str | None) -> float | None:
    """Return the seconds from now that Retry-After asks for, None where it asks for nothing one can read.

    Source: RFC 9110, 10.2.3: a number of seconds, or an HTTP date.
    """
    if header is None or len(header) > 64:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
        seconds = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - clock.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
