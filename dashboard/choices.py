"""What a reader chooses for himself: the language and the colours, each kept in a cookie of this browser.

The two forms stand at the foot of every page and need no token against forged requests: all that another site could do
by them is to show somebody a page in other colours or words. A token would be a cookie for everybody who only reads,
and a page with one is nobody else's, so no cache could keep it.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import accounts.operations

THEME = "theme"
THEMES = ("light", "dark")
KEPT = 365 * 24 * 3600  # seconds


def theme_of(request: HttpRequest) -> str:
    """Return light or dark, or nothing where the system decides."""
    wanted = request.COOKIES.get(THEME, "")
    return wanted if wanted in THEMES else ""


@csrf_exempt
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours, and go back to where one was."""
    answer = _back(request)
    keep_theme(answer, request.POST.get("theme", ""))
    return answer


def keep_theme(answer: HttpResponse, theme: str) -> None:
    """Have this browser shown the colours from the next page on; what are none leaves it to the system."""
    if theme in THEMES:
        answer.set_cookie(THEME, theme, KEPT, secure=settings.HTTPS, httponly=True, samesite="Lax")
    else:
        answer.delete_cookie(THEME)


@csrf_exempt
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language, and go back to where one was."""
    answer, language = _back(request), request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return answer
    if request.user.is_authenticated:
        accounts.operations.prefer(account_id=request.user.pk, language=language)  # for its mails
    keep_language(answer, language)
    return answer


def keep_language(answer: HttpResponse, language: str) -> None:
    """Have this browser shown the language from the next page on; an empty one leaves it to the browser."""
    if not language:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return
    translation.activate(language)
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, KEPT, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def _back(request: HttpRequest) -> HttpResponse:
    """Return the way back to the page the form stood on, and to no other host."""
    there = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(there if safe else "/")
