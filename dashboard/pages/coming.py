"""A page that is not there yet."""

from django.http import Http404, HttpRequest, HttpResponse


def coming(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such page.

    :raises Http404: always.
    """
    raise Http404("this page is not there yet")
