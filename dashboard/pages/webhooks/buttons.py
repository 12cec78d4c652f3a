"""What one does about a webhook: try it, give it a new secret, silence it, wake it, remove it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.going import see_other
from dashboard.pages.webhooks.own import back_to, own_endpoint
from dashboard.pages.webhooks.pressing import new_press, pressed
from dashboard.pages.webhooks.showing import show_secret
from dashboard.people.guarding import reseller_page
from webhooks.models import Endpoint
from webhooks.operations import disabling, endpoints, testing
from webhooks.queries import EndpointNotFound
from webhooks.states import Disabled


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something is done: its title, what will happen, and what the button says."""

    title: str | Promise
    note: str | Promise
    submit: str | Promise
    danger: bool = False


ROTATE = Question(
    gettext_lazy("Rotate the secret"),
    gettext_lazy(
        "The new secret is shown once, on the next page. For 24 hours the old one signs beside it, so that you can "
        "change it without losing a message; one that was rotated out before stops at once."
    ),
    gettext_lazy("Rotate"),
)
DISABLE = Question(
    gettext_lazy("Disable the webhook"),
    gettext_lazy(
        "Nothing is sent there until you enable it again, and what is on its way fails. What failed can be sent again "
        "afterwards; what happens meanwhile is not told there."
    ),
    gettext_lazy("Disable"),
)
REMOVE = Question(
    gettext_lazy("Remove the webhook"),
    gettext_lazy("Nothing is sent there ever again, and what is on its way is dropped. This cannot be undone."),
    gettext_lazy("Remove"),
    danger=True,
)


@require_POST
@reseller_page
def test(request: HttpRequest, webhook: str) -> HttpResponse:
    """Send it a test."""
    endpoint = own_endpoint(request, webhook)
    try:
        testing.send_test(endpoint_id=endpoint.pk, actor=request.user.get_username())
    except EndpointNotFound:
        return _removed(request, endpoint)
    messages.success(request, _("A test is on its way: it is the first of the deliveries below."))
    return back_to(endpoint)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def rotate(request: HttpRequest, webhook: str) -> HttpResponse:
    """Give it a new secret, and show that once.

    The password is not asked for again, as it is for keys: a secret spends no money and reads nothing. Who has it can
    forge messages to the receiver alone; whoever sits at somebody else's session could as well add a webhook of his
    own. And nothing breaks by it: the secret before goes on signing for a day.
    """
    endpoint = own_endpoint(request, webhook)
    asked = pressed(request.POST.get("press", ""))
    if request.method != "POST" or asked is None:
        return _ask(request, endpoint, ROTATE)
    try:
        secret = endpoints.rotate_secret(endpoint_id=endpoint.pk, asked=asked, actor=request.user.get_username())
    except EndpointNotFound:
        return _removed(request, endpoint)
    except endpoints.RotatedBefore:
        messages.info(request, _("This press has rotated the secret already, and it was shown then."))
        return back_to(endpoint)
    note = _("For 24 hours the old secret signs beside it: change it in your program meanwhile.")
    return show_secret(request, endpoint, secret, title=_("The new secret"), note=note)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def disable(request: HttpRequest, webhook: str) -> HttpResponse:
    """Send nothing there until it is enabled again."""
    endpoint = own_endpoint(request, webhook)
    if request.method != "POST":
        return _ask(request, endpoint, DISABLE)
    actor = request.user.get_username()
    if disabling.disable(endpoint_id=endpoint.pk, because=Disabled.OWNER, actor=actor):
        messages.success(request, _("The webhook is disabled."))
    else:
        messages.info(request, _("It is disabled already, or was removed."))
    return back_to(endpoint)


@require_POST
@reseller_page
def enable(request: HttpRequest, webhook: str) -> HttpResponse:
    """Send there again, unless it is the operator who does not want it."""
    endpoint = own_endpoint(request, webhook)
    try:
        done = disabling.enable_own(endpoint_id=endpoint.pk, actor=request.user.get_username())
    except disabling.DisabledByOperator:
        messages.error(request, _("The operator disabled it, and only the operator can enable it again: ask them."))
        return back_to(endpoint)
    if done:
        messages.success(
            request, _("The webhook is enabled, with the same secret. What failed meanwhile can be sent again.")
        )
    else:
        messages.info(request, _("It is enabled already, or was removed."))
    return back_to(endpoint)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def remove(request: HttpRequest, webhook: str) -> HttpResponse:
    """Send nothing there ever again."""
    endpoint = own_endpoint(request, webhook)
    if request.method != "POST":
        return _ask(request, endpoint, REMOVE)
    try:
        endpoints.remove(endpoint_id=endpoint.pk, actor=request.user.get_username())
    except EndpointNotFound:
        return _removed(request, endpoint)
    messages.success(request, _("The webhook %(url)s is removed.") % {"url": endpoint.url})
    return see_other("dashboard:webhooks")


def _ask(request: HttpRequest, endpoint: Endpoint, question: Question) -> HttpResponse:
    told = {"endpoint": endpoint, "question": question, "press": new_press()}
    return render(request, "dashboard/webhooks/confirm.html", told)


def _removed(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    messages.error(request, _("The webhook was removed: nothing can be done about it any more."))
    return back_to(endpoint)
