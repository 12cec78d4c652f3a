"""Keeps API keys and webhook secrets out of every log line and trace."""

import logging
import re

SECRETS = re.compile(r"(np_live_|whsec_)[A-Za-z0-9+/=%]{4,}")


class Scrub(logging.Filter):
    """Replaces whatever looks like a secret of ours, in the message and in the trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Render the record, scrub it, and let it pass."""
        record.msg = scrubbed(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = scrubbed(logging.Formatter().formatException(record.exc_info))
        return True


class Expected(logging.Filter):
    """Drops the line about a panel that is asked whether it is ready and is not: the answer said so already."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is about anything else."""
        asked = getattr(getattr(record, "request", None), "path", "")
        return not (asked == "/readyz" and getattr(record, "status_code", 0) == 503)


def scrubbed(text: str) -> str:
    """Return the text with every secret cut down to its prefix."""
    return SECRETS.sub(r"\1…", text)
