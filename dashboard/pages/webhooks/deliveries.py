"""One delivery: what was sent, each time it was tried, and sending it again."""

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dashboard.going import see_other
from dashboard.pages.webhooks.own import own_delivery, own_endpoint
from dashboard.people.guarding import reseller_page
from kit import clock
from webhooks.operations import resending
from webhooks.outbox import attempts_at
from webhooks.standing import is_open
from webhooks.states import DELIVERY_TRANSITIONS, DeliveryState

REFUSED: dict[type[resending.CannotSend], str | Promise] = {
    resending.EndpointRemoved: gettext_lazy("The webhook was removed: nothing is sent there any more."),
    resending.KeyEnded: gettext_lazy(
        "The webhook's API key is revoked or has expired: nothing is sent there any more."
    ),
    resending.EndpointDisabled: gettext_lazy("The webhook is disabled: enable it first."),
    resending.DeliveryDropped: gettext_lazy("It was dropped when the webhook was removed or its API key revoked."),
    resending.BeingSent: gettext_lazy("It is being sent at this moment: look again in a minute."),
}


@require_safe
@reseller_page
def delivery(request: HttpRequest, webhook: str, event: str) -> HttpResponse:
    """Show the delivery with its attempts and its body, whose members stand a line each."""
    endpoint = own_endpoint(request, webhook)
    shown = own_delivery(endpoint, event)
    told = {
        "endpoint": endpoint,
        "delivery": shown,
        "attempts": attempts_at(shown.pk),
        "body": orjson.dumps(orjson.loads(shown.body), option=orjson.OPT_INDENT_2).decode(),
        "may_be_sent": is_open(endpoint) and DeliveryState.DUE in DELIVERY_TRANSITIONS[shown.state],
    }
    return render(request, "dashboard/webhooks/delivery.html", told)


@require_POST
@reseller_page
def send_again(request: HttpRequest, webhook: str, event: str) -> HttpResponse:
    """Have it sent now, with the same id and the same bytes."""
    endpoint = own_endpoint(request, webhook)
    shown = own_delivery(endpoint, event)
    try:
        resending.send_again(delivery_id=shown.pk, actor=request.user.get_username())
    except resending.CannotSend as error:
        messages.error(request, str(REFUSED[type(error)]))
    else:
        rests = endpoint.resting_until is not None and endpoint.resting_until > clock.now()
        said = _("It is sent again when the webhook's rest is over.") if rests else _("It is sent again, now.")
        messages.success(request, said)
    return see_other("dashboard:delivery", endpoint.shown_id, shown.shown_event)
