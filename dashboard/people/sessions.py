"""The list of places where somebody is logged in, and when each was last seen there."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from allauth.usersessions.internal.usersessionkit import track_activity
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOTED_EVERY = 300  # seconds: a page is not to cost a write each time


@receiver(user_logged_in)
def begun(request: HttpRequest, user: Any, **_: Any) -> None:
    """Note where somebody has logged in, by whichever page."""
    track_activity(request, user=user, session=request.session)
    _is_news(str(request.session.session_key))


class TrackingMiddleware:
    """Notes now and then that a session is used, and from where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; then note its session, where the page had to know whose it is."""
        answer = self.get_response(request)
        key = request.session.session_key
        if request.session.accessed and key and request.user.is_authenticated and _is_news(key):
            track_activity(request, user=request.user, session=request.session)
        return answer


def _is_news(key: str) -> bool:
    return bool(cache.add(f"session-seen:{sha256(key.encode()).hexdigest()}", 1, NOTED_EVERY))
