"""What a page's address asks for behind its question mark; what cannot be read asks for nothing."""

from django.http import HttpRequest

LARGEST = 2**63 - 1


def number(request: HttpRequest, name: str) -> int | None:
    """Return the whole number under this name."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST else None
