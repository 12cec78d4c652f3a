"""Keeps API keys, webhook secrets, and the links of mails that open accounts, out of every log line and trace."""

import logging
import re

# The underscore may be escaped: some programs that call by GET escape all but letters and digits.
SECRETS = re.compile(
    r"((?:np(?:_|%5[Ff])live|whsec)(?:_|%5[Ff]))[A-Za-z0-9+/=%]{4,}"
    r"|(/accounts/(?:password/reset/key|confirm-email)/)[^/\s?\"'<>]{4,}"
)
IN_BYTES = re.compile(SECRETS.pattern.encode())


class Scrub(logging.Filter):
    """Replaces whatever looks like a secret of ours, in the message and in the trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Render the record, scrub it, and let it pass."""
        record.msg = scrubbed(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        # Another handler may have written the trace before, and the record keeps what it wrote.
        record.exc_text = record.exc_text and scrubbed(record.exc_text)
        record.stack_info = record.stack_info and scrubbed(record.stack_info)
        return True


class Expected(logging.Filter):
    """Drops the line about a panel that is asked whether it is ready and is not: the answer said so already."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is about anything else."""
        asked = getattr(getattr(record, "request", None), "path", "")
        return not (asked == "/readyz" and getattr(record, "status_code", 0) == 503)


def scrubbed(text: str) -> str:
    """Return the text with every secret cut down to its prefix."""
    return SECRETS.sub(r"\1\2…", text)


def scrubbed_line(line: bytes) -> bytes:
    """Return a line of a program's output with every secret cut down to its prefix."""
    return IN_BYTES.sub(rb"\1\2" + "…".encode(), line)
