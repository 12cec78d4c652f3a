"""Sending a CSV of any size.

Whoever reads it slowly, or not at all, holds a thread of the web server for as long: pages and API alike are answered
by those. So half of them at most are lent to exports, one to an account; whoever comes then is asked to come again.
"""

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from dashboard.public.failing import TEMPLATE, Wrong
from kit.csv_lines import TYPE
from kit.places import Holding, Places

places = Places(max(1, settings.WEB_THREADS // 2))


def sent(request: HttpRequest, pieces: Iterator[bytes], filename: str) -> HttpResponseBase:
    """Send the pieces as a file of this name; 503 where too many are being sent already."""
    give_back = places.take(request.user.pk)
    if give_back is None:
        return _later(request)
    answer = StreamingHttpResponse(Holding(pieces, give_back), content_type=TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


def _later(request: HttpRequest) -> HttpResponse:
    wrong = Wrong(503, _("Too many exports are being sent at this moment"), _("Try again in a minute."))
    answer = render(request, TEMPLATE, {"wrong": wrong}, status=wrong.status)
    answer["Retry-After"] = "60"
    return answer
