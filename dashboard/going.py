"""Where one goes after pressing a button."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url


def see_other(to: str, *args: object, **kwargs: object) -> HttpResponse:
    """Send the browser to a page (a name of urls.py, or an address) after a write: it asks for it by GET.

    Source: RFC 9110, 15.4.4.
    """
    return HttpResponseRedirect(resolve_url(to, *args, **kwargs), status=303)
