"""What the operator does about an endpoint."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from kit import clock, ids
from kit.asking import Question, ReasonForm, ask, button, found, show_once
from kit.screens import moment
from webhooks import delivery_queries
from webhooks.admin.forms import OptionalReasonForm, SinceForm
from webhooks.models import Endpoint
from webhooks.operations import disabling, endpoints, resending, testing
from webhooks.queries import EndpointNotFound
from webhooks.standing import is_open
from webhooks.states import Disabled

TEST = Question(
    "Send a test",
    "Send",
    forms.Form,
    "It gets a webhook.test, whatever it listens to, also where it is disabled. Below its settings you see what became "
    "of it.",
)
ROTATE = Question(
    "Rotate the secret",
    "Rotate",
    OptionalReasonForm,
    "The new secret is shown once, on the next page. For 24 hours the old one signs beside it; one that was rotated "
    "out before stops at once.",
)
RESEND = Question("Send failed ones again", "Count them", SinceForm, "You see how many they are before any is sent.")
RESEND_THESE = Question("Send failed ones again", "Send them again", OptionalReasonForm)
DISABLE = Question(
    "Disable the endpoint",
    "Disable",
    ReasonForm,
    "Nothing is sent there any more, and what is on its way fails. Its owner is not mailed: tell him.",
    danger=True,
)
ENABLE = Question(
    "Enable the endpoint",
    "Enable",
    OptionalReasonForm,
    "What happens from now on is sent there, with the same secret. What failed meanwhile can be sent again afterwards.",
)
REMOVE = Question(
    "Remove the endpoint",
    "Remove",
    ReasonForm,
    "Nothing is sent there ever again; what is on its way is dropped. This cannot be undone.",
    danger=True,
)


class ChangedMeanwhile(Exception):
    """The endpoint is not any more what the button was for."""


class EndpointButtons:
    """The buttons on an endpoint's page; those are offered that would do something."""

    actions_detail = ("test", "resend", "rotate", "disable", "enable", "remove")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer what can be done about it now."""
        endpoint = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        offered = _possible(endpoint)
        every = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [each for each in every if each.action_name.rpartition("_")[2] in offered]

    @button("Send a test…", "test", icon="outgoing_mail")
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it a test."""

        def then(endpoint: Endpoint, _: dict[str, Any], actor: str) -> str:
            testing.send_test(endpoint_id=endpoint.pk, actor=actor)
            return "A test is on its way: it is the first of the latest deliveries."

        return self._ask(request, object_id, TEST, then)

    @button("Rotate secret…", "rotate", icon="key")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give it a new secret, and show that once; pressed twice, the same."""
        asked = _given_id(request.GET.get("asked", ""))
        if asked is None and request.method != "POST":
            return HttpResponseRedirect(f"{request.path}?{urlencode({'asked': str(ids.new_id())})}")

        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> HttpResponse:
            secret = endpoints.rotate_secret(endpoint_id=endpoint.pk, asked=asked, actor=actor, **given)
            label = f"Secret of {endpoint.shown_id}, {endpoint.url}"
            back = page(endpoint)
            return show_once(self, request, title="The new secret", label=label, value=secret, back=back)

        return self._ask(request, object_id, ROTATE, then)

    @button("Disable…", "disable")
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send nothing there."""

        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> str:
            done = disabling.disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR, actor=actor, **given)
            return _done(done, f"{endpoint} is disabled.", "it is disabled already, or was removed")

        return self._ask(request, object_id, DISABLE, then)

    @button("Enable…", "enable")
    def enable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send there again."""

        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> str:
            done = disabling.enable(endpoint_id=endpoint.pk, actor=actor, **given)
            return _done(done, f"{endpoint} is enabled.", "it is enabled already, or was removed")

        return self._ask(request, object_id, ENABLE, then)

    @button("Remove…", "remove")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send nothing there ever again."""

        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> str:
            endpoints.remove(endpoint_id=endpoint.pk, actor=actor, **given)
            return f"{endpoint} is removed."

        return self._ask(request, object_id, REMOVE, then)

    @button("Send failed ones again…", "resend", icon="replay")
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask since when, say how many they are, and send them."""
        endpoint, since = found(self, request, object_id), _given_moment(request.GET.get("since", ""))
        if since is None:
            return self._ask_since(request, object_id)
        count = delivery_queries.failed(endpoint.pk, since).count()
        if not count and request.method != "POST":
            messages.info(request, f"Nothing failed of what was made since {moment(since)}.")
            return HttpResponseRedirect(request.path)

        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> str:
            done = resending.resend_failed(endpoint_id=endpoint.pk, since=since, actor=actor, **given)
            return f"{_deliveries(done)} sent again."

        note = f"{_deliveries(count)} sent now: what failed of all that was made since {moment(since)} UTC."
        return self._ask(request, object_id, replace(RESEND_THESE, note=note), then, whole=False)

    def _ask_since(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def then(endpoint: Endpoint, given: dict[str, Any], actor: str) -> HttpResponse:
            return HttpResponseRedirect(f"{request.path}?{urlencode({'since': given['since'].isoformat()})}")

        a_day_ago = clock.now().replace(second=0, microsecond=0) - timedelta(days=1)
        return self._ask(request, object_id, RESEND, then, initial={"since": a_day_ago})

    def _ask(
        self,
        request: HttpRequest,
        object_id: str,
        question: Question,
        then: Callable[[Endpoint, dict[str, Any], str], str | HttpResponse],
        **options: Any,
    ) -> HttpResponse:
        endpoint: Endpoint = found(self, request, object_id)

        def do(given: dict[str, Any]) -> str | HttpResponse:
            try:
                return then(endpoint, given, request.user.get_username())
            except EndpointNotFound:
                raise ChangedMeanwhile("the endpoint was removed: nothing can be done about it any more") from None

        refusals = (ChangedMeanwhile, resending.CannotSend, endpoints.RotatedBefore)
        about = f"{endpoint.shown_id} of {endpoint.account}"
        return ask(self, request, question, then=do, refusals=refusals, back=page(endpoint), about=about, **options)


def page(endpoint: Endpoint) -> str:
    """Return the address of the endpoint's page."""
    return reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])


def _possible(endpoint: Endpoint | None) -> set[str]:
    if endpoint is None or endpoint.removed_at is not None:
        return set()
    possible = {"test", "rotate", "remove"}
    if endpoint.disabled_at is not None:
        possible.add("enable")
    if endpoint.disabled_because != Disabled.OPERATOR:  # also where its owner could enable it: then only you can
        possible.add("disable")
    return possible | {"resend"} if is_open(endpoint) else possible


def _done(done: bool, said: str, otherwise: str) -> str:
    if not done:
        raise ChangedMeanwhile(otherwise)
    return said


def _deliveries(count: int) -> str:
    return "1 delivery is" if count == 1 else f"{count} deliveries are"


def _given_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _given_moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    if at is None or at.tzinfo is None:
        return None
    try:
        return at.astimezone(UTC)  # PostgreSQL takes no offset of 16 hours or more
    except OverflowError:
        return None
