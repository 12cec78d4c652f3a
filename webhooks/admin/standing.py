"""How an endpoint is doing, in words, and the filter by it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from kit import clock
from kit.screens import moment
from webhooks.models import Endpoint
from webhooks.standing import Standing, standing


def in_words(endpoint: Endpoint) -> str:
    """Return whether anything is sent there, and if not why."""
    words = {
        Standing.REMOVED: f"removed {moment(endpoint.removed_at)}",
        Standing.KEY_REVOKED: "its API key is revoked",
        Standing.KEY_EXPIRED: "its API key has expired",
        Standing.DISABLED: f"disabled {moment(endpoint.disabled_at)}: {endpoint.get_disabled_because_display()}",
        Standing.RESTING: f"resting until {moment(endpoint.resting_until)}",
    }
    stands = standing(endpoint)
    return words.get(stands, stands)


class StandingFilter(admin.SimpleListFilter):
    """Endpoints by how they are doing."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be looked for."""
        return [(each, each) for each in ("active", "failing", "resting", "disabled", "key ended", "removed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the endpoints that are so."""
        there, ended = Q(removed_at__isnull=True), Q(api_key__revoked_at__isnull=False)
        ended |= Q(api_key__expires_at__isnull=False, api_key__expires_at__lte=clock.now())
        here = there & ~ended
        wanted = {
            "active": here & Q(disabled_at__isnull=True, failing_since__isnull=True),
            "failing": here & Q(disabled_at__isnull=True, failing_since__isnull=False),
            "resting": here & Q(disabled_at__isnull=True, resting_until__gt=clock.now()),
            "disabled": here & Q(disabled_at__isnull=False),
            "key ended": there & ended,
            "removed": ~there,
        }
        chosen = wanted.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)
