"""Which language a page is in: the reader's, but for the operator's admin and the developer documentation."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

ENGLISH = ("/admin/", "/developers")  # written in English: half a page in another language helps nobody


class Languages(LocaleMiddleware):
    """Django's own choice by cookie and browser, where there is one to make."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the page's language."""
        if request.path_info.startswith(ENGLISH):
            translation.activate("en")
            request.LANGUAGE_CODE = "en"
            return
        super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say in which language the page is; one that is always English does not vary by the browser's."""
        if request.path_info.startswith(ENGLISH):
            response.headers.setdefault("Content-Language", "en")
            return response
        return super().process_response(request, response)
