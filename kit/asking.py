"""A page between an operator's button and the operation: what is to be known, then the answer in plain words."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from kit import money
from kit.money import NotMoney
from kit.screens import sentence

LONGEST_REASON = 500
View = TypeVar("View", bound=Callable[..., HttpResponse])


def button(
    description: str, path: str, *, icon: str | None = None, permission: str = "operate"
) -> Callable[[View], View]:
    """Make a method of a screen the page behind a button, for those whom `has_<permission>_permission` allows."""
    made: Callable[[View], View] = action(description=description, url_path=path, permissions=[permission], icon=icon)
    return made


class AmountField(forms.CharField):
    """An amount of US dollars, exactly as it is written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}), **options)

    def clean(self, value: str) -> Decimal:
        """Return the amount.

        :raises ValidationError: where the text is none.
        """
        try:
            # As people write it, so that a refusal that repeats it reads well.
            return Decimal(money.wire(money.parsed(super().clean(value))))
        except NotMoney as error:
            raise forms.ValidationError(str(error)) from None


class ReasonForm(forms.Form):
    """Asks why."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="kept with what happens, for whoever asks later",
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks: its title, what the button says, the form, and a sentence on what will happen."""

    title: str
    submit: str
    form: type[forms.Form]
    note: str = ""
    danger: bool = False


def ask(
    admin: ModelAdmin,
    request: HttpRequest,
    question: Question,
    *,
    then: Callable[[dict[str, Any]], str | HttpResponse],
    refusals: tuple[type[Exception], ...],
    back: str,
    about: object = "",
    initial: dict[str, Any] | None = None,
    whole: bool = True,
) -> HttpResponse:
    """Show the form, and once it is filled in do what is to be done.

    :param about: whom or what it is done to, as the page's heading names it.
    :param then: does it with the form's values, and returns what is said of it or a page of its own.
    :param refusals: the operation's errors; each is shown in the form, and nothing the operator typed is lost.
    :param back: where the operator goes afterwards.
    :param whole: whether all that `then` does is one transaction; not where it calls a provider, or does many things.
    """
    form = question.form(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic() if whole else nullcontext():
                done = then(form.cleaned_data)
        except refusals as error:
            form.add_error(None, sentence(error))
        else:
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, done)
            return HttpResponseRedirect(back)
    return _page(admin, request, question, form, {"back": back, "about": str(about)})


def found(admin: ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """Return the row that an action's page is about.

    :raises Http404: where there is none.
    """
    row = admin.get_object(request, object_id)
    if row is None:
        raise Http404(f"there is no {admin.opts.verbose_name} {object_id}")
    return row


def show_once(
    admin: ModelAdmin, request: HttpRequest, *, title: str, label: str, value: str, back: str
) -> HttpResponse:
    """Show a secret on a page that nobody keeps."""
    context = {**admin.admin_site.each_context(request), "title": title, "label": label, "value": value, "back": back}
    response = TemplateResponse(request, "kit/show_once.html", context | {"opts": admin.opts})
    response["Cache-Control"] = "no-store"
    return response


def _page(
    admin: ModelAdmin, request: HttpRequest, question: Question, form: forms.Form, told: dict[str, str]
) -> TemplateResponse:
    context = {
        **admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        **told,
        "opts": admin.opts,
        "media": admin.media + form.media,
    }
    return TemplateResponse(request, "kit/ask.html", context)
