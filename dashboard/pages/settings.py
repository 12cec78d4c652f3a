"""How the account wants its pages, and the ways to its e-mail address, password, second factor and sessions."""

from typing import Any

from django import forms
from django.conf import settings as panel
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import accounts.operations
import wallets.queries
from accounts.models import User
from dashboard import currency
from dashboard.account import account_of
from dashboard.choices import keep_language, keep_theme, theme_of
from dashboard.going import see_other
from dashboard.pages.overview.page import standing_of
from dashboard.people import second_factor
from dashboard.people.guarding import reseller_page

DOLLARS = "USD"
# Whoever reads another language finds his own.
NAMED_BY_THEMSELVES = [(code, get_language_info(code)["name_local"]) for code, _name in panel.LANGUAGES]


class PreferencesForm(forms.Form):
    """Asks for the language, the currency shown beside US dollars, and the colours."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("As your browser asks")), *NAMED_BY_THEMSELVES],
        required=False,
        help_text=gettext_lazy("Of the pages, and of the mails that the panel sends you."),
    )
    display_currency = forms.ChoiceField(
        label=gettext_lazy("Display currency"),
        help_text=gettext_lazy(
            "Shown beside US dollars at the operator's rates. "
            "Whatever is shown, you pay and are refunded in US dollars."
        ),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Colours"),
        choices=[
            ("", gettext_lazy("As the system")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
        required=False,
        help_text=gettext_lazy("In this browser."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_currency"].choices = [(code, code) for code in currency.offered()]  # type: ignore[attr-defined]

    def clean_display_currency(self) -> str:
        """Return the currency's code, nothing for US dollars alone."""
        code: str = self.cleaned_data["display_currency"]
        return "" if code == DOLLARS else code


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def settings(request: HttpRequest) -> HttpResponse:
    """Show the settings, or keep them: the colours in this browser, the others with the account."""
    user = account_of(request)
    if request.method != "POST":
        return _page(request, user, PreferencesForm(initial=_chosen(request, user)))
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, user, form)
    language, code = form.cleaned_data["language"], form.cleaned_data["display_currency"]
    accounts.operations.prefer(account_id=user.pk, language=language, display_currency=code)
    answer = see_other("dashboard:settings")
    keep_language(answer, language)
    keep_theme(answer, form.cleaned_data["theme"])
    messages.success(request, _("Your settings are kept."))  # in the language that was chosen
    return answer


def _chosen(request: HttpRequest, user: User) -> dict[str, str]:
    return {"language": user.language, "display_currency": user.display_currency or DOLLARS, "theme": theme_of(request)}


def _page(request: HttpRequest, user: User, form: PreferencesForm) -> HttpResponse:
    wallet = wallets.queries.wallet_of(user.pk)
    told = {
        "form": form,
        "standing": standing_of(user, wallet),
        "tier_limited": panel.RATE_LIMIT_TIER,
        "threshold": wallet.low_balance_threshold,
        "guarded": second_factor.is_on(user),
    }
    return render(request, "dashboard/settings.html", told)
