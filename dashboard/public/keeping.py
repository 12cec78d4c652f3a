"""What may be kept of a page that everybody is shown alike."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

View = Callable[..., HttpResponse]
OWN = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}  # by these a page may show what is one reader's own
CHOSEN_BY = ("Cookie", "Accept-Language")  # the colours and the language


def kept(seconds: int) -> Callable[[View], View]:
    """Let anybody keep the page that a stranger is shown for so long; whoever may be logged in has it made anew."""

    def decorated(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer = view(request, *args, **kwargs)
            if answer.status_code != 200 or OWN & request.COOKIES.keys():
                patch_cache_control(answer, private=True, no_cache=True)
            else:
                patch_cache_control(answer, public=True, max_age=seconds)
            patch_vary_headers(answer, CHOSEN_BY)
            return answer

        return answered

    return decorated
