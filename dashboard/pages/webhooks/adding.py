"""A new webhook, and its secret, which is shown once."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.account import account_of
from dashboard.pages.webhooks.forms import NewEndpointForm
from dashboard.pages.webhooks.pressing import new_press, pressed
from dashboard.pages.webhooks.showing import show_secret
from dashboard.pages.webhooks.words import grouped
from dashboard.people.guarding import reseller_page
from webhooks.models import ENDPOINTS_PER_KEY
from webhooks.operations import endpoints
from webhooks.urls import InvalidUrl, NotPublic, TooManyLookUps


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def new(request: HttpRequest) -> HttpResponse:
    """Ask where to send what; make the webhook and show its secret. Looking the name up may take seconds."""
    if request.method != "POST":
        return _page(request, NewEndpointForm(account_id=account_of(request).pk), new_press())
    form, carried = NewEndpointForm(request.POST, account_id=account_of(request).pk), request.POST.get("press", "")
    if pressed(carried) is None:
        carried = new_press()
        form.add_error(None, _("This page was open for too long, or not ours: nothing was added. Press once more."))
    if form.is_valid():
        made = _added(request, form, carried)
        if made is not None:
            return show_secret(request, *made, title=_("The webhook is added"))
    return _page(request, form, carried)


def _added(request: HttpRequest, form: NewEndpointForm, carried: str) -> tuple[Any, str] | None:
    """Make the webhook; None where it was refused, which the form then says."""
    given = form.cleaned_data
    try:
        return endpoints.add(
            api_key_id=given["key"].pk,
            url=given["url"],
            events_wanted=given["events"],
            public_id=pressed(carried),
            actor=request.user.get_username(),
        )
    except (InvalidUrl, NotPublic) as error:
        form.add_error("url", _of_url(error))
    except endpoints.EndpointLimitReached:
        most = {"most": ENDPOINTS_PER_KEY}
        form.add_error("key", _("This key has its %(most)s webhooks: remove one, or choose another key.") % most)
    except endpoints.UnknownKind as error:
        form.add_error("events", _("There is no event “%(name)s”.") % {"name": error.name})
    return None


def _of_url(error: InvalidUrl | NotPublic) -> str:
    if isinstance(error, TooManyLookUps):
        return _("Too many names are being looked up at this moment: try again in a few seconds.")
    if isinstance(error, InvalidUrl):
        return _("This is no https address that a webhook can have.")
    return _(
        "The address has to be public: a name that leads to public servers only, port 443 or one from 1024, "
        "and no user name in it."
    )


def _page(request: HttpRequest, form: NewEndpointForm, press: str) -> HttpResponse:
    told = {"form": form, "press": press, "groups": grouped(form["events"]), "has_keys": bool(form["key"].subwidgets)}
    return render(request, "dashboard/webhooks/new.html", told)
