"""API keys: made, restricted, rotated and revoked, each by whoever proves to be the account's owner."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import accounts.queries
import api_v2.usage
from accounts.models import KEYS_PER_ACCOUNT, ApiKey
from accounts.operations import (
    InvalidKeySetting,
    KeyLimitReached,
    MadeAlready,
    RotatedAlready,
    edit_key,
    issue_key,
    regenerate_key,
    revoke_key,
)
from accounts.queries import KeyUsed
from api_v2.limits import Layer
from dashboard.account import account_of
from dashboard.going import see_other
from dashboard.pages.key_forms import KeyForm
from dashboard.people.guarding import reseller_page
from dashboard.people.proving import Proof
from kit import ids


@dataclass(frozen=True, slots=True)
class Row:
    """A key with what it was used, and how much of its limit is spent now, where Redis can say."""

    key: ApiKey
    used: KeyUsed
    limit: Layer | None

    @property
    def state(self) -> str:
        """Return how it is doing, in a word of words.py."""
        if self.key.revoked_at is not None:
            return "revoked"
        return "expired" if self.key.has_ended else "active"


@require_safe
@reseller_page
def keys(request: HttpRequest) -> HttpResponse:
    """Show every key with its use, and what of the limits is spent at this moment."""
    account_id = account_of(request).pk
    keys = list(accounts.queries.keys_of(account_id))  # first: of one that is made meanwhile nothing is shown
    use, usage = accounts.queries.use_of_keys(account_id), api_v2.usage.usage(account_id)
    rows = [Row(key, use[key.pk], usage.keys.get(key.pk) if usage else None) for key in keys]
    live = [row for row in rows if row.key.revoked_at is None]
    told = {
        "live": live,
        "revoked": [row for row in rows if row.key.revoked_at is not None],
        "usage": usage,
        "most": KEYS_PER_ACCOUNT,
        "room": len(live) < KEYS_PER_ACCOUNT,
    }
    return render(request, "dashboard/keys/list.html", told)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a key, and show its value this once."""
    form, proof = KeyForm(request.POST or None), Proof(request)
    asked = _asked(request)
    if request.method == "POST" and form.is_valid():
        if accounts.queries.was_made(account_of(request).pk, asked):
            return _made_already(request)
        try:
            if proof.check() and (made := _made(request, form, asked)):
                return _shown_once(request, *made, title=_("Your new API key"))
        except MadeAlready:
            return _made_already(request)
    return render(
        request, "dashboard/keys/new.html", {"form": form, "proof": proof, "asked": asked}, status=proof.status
    )


def _made(request: HttpRequest, form: KeyForm, asked: UUID) -> tuple[ApiKey, str] | None:
    account = account_of(request)
    try:
        return issue_key(account_id=account.pk, asked=asked, actor=account.email, **form.settings())
    except KeyLimitReached:
        form.add_error(
            None, _("You have %(most)d active keys, which is the most: revoke one first.") % {"most": KEYS_PER_ACCOUNT}
        )
    except InvalidKeySetting as error:
        form.add_error(None, str(error))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def change_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Change a key's name and what it is restricted to."""
    key = _active(request, key_id)
    form, proof = KeyForm(request.POST or None, key=key), Proof(request)
    if request.method == "POST" and form.is_valid() and proof.check():
        edit_key(key_id=key.pk, actor=account_of(request).email, **form.settings())
        messages.success(request, _("The key %(prefix)s… is changed.") % {"prefix": key.prefix})
        return see_other("dashboard:keys")
    return render(
        request, "dashboard/keys/change.html", {"form": form, "proof": proof, "key": key}, status=proof.status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def rotate_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Give a key a new value, shown this once; the old one ends now."""
    key, proof = _active(request, key_id), Proof(request)
    # What stood in the form when it was asked for: a form that is sent again would end the value that was just shown.
    prefix = request.POST.get("prefix", "")
    if request.method == "POST" and prefix != key.prefix:
        return _rotated_already(request)
    if request.method == "POST" and proof.check():
        try:
            made = regenerate_key(key_id=key.pk, prefix=prefix, actor=account_of(request).email)
        except RotatedAlready:
            return _rotated_already(request)
        except ApiKey.DoesNotExist:
            raise Http404("it was revoked meanwhile") from None
        return _shown_once(request, *made, title=_("Your key's new value"))
    return render(request, "dashboard/keys/rotate.html", {"proof": proof, "key": key}, status=proof.status)


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def end_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Revoke a key: it opens nothing from now on, and its webhooks hear nothing more."""
    key, proof = _active(request, key_id), Proof(request)
    if request.method == "POST" and proof.check():
        revoke_key(key_id=key.pk, actor=account_of(request).email, reason="by its owner")
        messages.success(request, _("The key %(prefix)s… is revoked.") % {"prefix": key.prefix})
        return see_other("dashboard:keys")
    return render(request, "dashboard/keys/revoke.html", {"proof": proof, "key": key}, status=proof.status)


def _made_already(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("This key was made already. Its value is shown once: rotate it if you have not kept it."))
    return see_other("dashboard:keys")


def _rotated_already(request: HttpRequest) -> HttpResponse:
    messages.info(
        request, _("This key was rotated already. Its value is shown once: rotate it again if you have not kept it.")
    )
    return see_other("dashboard:keys")


def _shown_once(request: HttpRequest, key: ApiKey, value: str, *, title: str) -> HttpResponse:
    return render(request, "dashboard/keys/shown_once.html", {"key": key, "value": value, "title": title})


def _active(request: HttpRequest, key_id: int) -> ApiKey:
    """Return the account's key.

    :raises Http404: where it has none of this id, or it was revoked.
    """
    try:
        key = accounts.queries.key_of(account_of(request).pk, key_id)
    except ApiKey.DoesNotExist:
        raise Http404("no key of this account") from None
    if key.revoked_at is not None:
        raise Http404("it was revoked")
    return key


def _asked(request: HttpRequest) -> UUID:
    """Return what the form is known by, which is new with each form that is shown."""
    try:
        return UUID(request.POST.get("asked", ""))
    except ValueError:
        return ids.new_id()
