"""What an address of these pages names, among the account's own: another account's is not found, whoever asks."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from dashboard.account import account_of
from dashboard.going import see_other
from webhooks.models import Delivery, Endpoint
from webhooks.outbox import DeliveryNotFound, delivery_of
from webhooks.queries import EndpointNotFound, endpoint_of_account


def own_endpoint(request: HttpRequest, webhook: str) -> Endpoint:
    """Return the account's endpoint of this id, removed or not.

    :raises Http404: where the account has none.
    """
    try:
        return endpoint_of_account(account_of(request).pk, webhook)
    except EndpointNotFound:
        raise Http404("the account has no such webhook") from None


def own_delivery(endpoint: Endpoint, event: str) -> Delivery:
    """Return what the endpoint was told of this event.

    :raises Http404: where it was not told of it.
    """
    try:
        return delivery_of(endpoint.pk, event)
    except DeliveryNotFound:
        raise Http404("the webhook was told of no such event") from None


def page_of(endpoint: Endpoint) -> str:
    """Return the address of the endpoint's page."""
    return reverse("dashboard:webhook", args=[endpoint.shown_id])


def back_to(endpoint: Endpoint) -> HttpResponse:
    """Return the way to its page after a write."""
    return see_other(page_of(endpoint))
