"""What the pages of people's accounts show in their own way."""

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

register = template.Library()
# Each calls itself by the names of those below it too.
BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox")),
    *(("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS")),
    *(("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


@register.simple_tag
def mails_are_files() -> bool:
    """Return whether this is a panel that somebody tries, which writes its mails to files."""
    return bool(settings.DEMO and not settings.EMAIL_HOST)


@register.filter
def browser(user_agent: str) -> str:
    """Return what a browser is by what it says of itself: `Firefox, Windows`; its own words where they are others."""
    known = [_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)]
    return ", ".join(filter(None, known)) or user_agent[:60] or _("unknown")


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
