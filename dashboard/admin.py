"""The operator's screen of the texts on the pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from dashboard import operations
from dashboard.models import LONGEST_BODY, LONGEST_TITLE, Slug, Text
from dashboard.public.previewing import previewed
from dashboard.queries import written
from dashboard.starting_texts import starting_text
from events.models import Event
from events.queries import history
from kit.asking import Question, ask
from kit.screens import Screen, Table, link, moment

LATEST = 20
MARKDOWN = (
    "Markdown: ## headings, **bold**, *italic*, lists, tables, [words](https://example.com). {{panel}} is the panel's"
    " name. HTML is shown as it is written, and pictures are not shown."
)


class TextForm(forms.Form):
    """Asks for the title and the body."""

    title = forms.CharField(max_length=LONGEST_TITLE, widget=UnfoldAdminTextInputWidget())
    body = forms.CharField(
        max_length=LONGEST_BODY, widget=UnfoldAdminTextareaWidget(attrs={"rows": 20}), help_text=MARKDOWN
    )


EDIT = Question(
    "Edit", "Save", TextForm, "Readers of a language you have not written it in are shown your English one."
)
START_AGAIN = Question(
    "Start again",
    "Go back to the starting text",
    forms.Form,
    "Your text is taken off the page. What it said stays in the history.",
    danger=True,
)


@admin.register(Text)
class TextAdmin(Screen):
    """Every text in every language, whether he has written it or not."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of a text by its slug and language."""
        each, view = "<slug:slug>/<slug:language>", self.admin_site.admin_view
        return [
            path(f"{each}/edit/", view(self.edit), name="dashboard_text_edit"),
            path(f"{each}/preview/", view(self.preview), name="dashboard_text_preview"),
            path(f"{each}/start-again/", view(self.start_again), name="dashboard_text_start_again"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: which texts there are is the pages' to say."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show a line for each text with its languages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Texts on the pages", "opts": self.opts}
        context["tables"] = [_texts(), _history()]
        return TemplateResponse(request, "dashboard/admin/texts.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead from a row to the page of its text."""
        text: Text | None = self.get_object(request, object_id)
        if text is None:
            return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        return HttpResponseRedirect(reverse("admin:dashboard_text_edit", args=[text.slug, text.language]))

    def edit(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        """Ask for the text, beginning with what stands on the page now."""
        about = self._about(request, slug, language)
        text = written().get((slug, language))
        title, body = (text.title, text.body) if text else starting_text(slug, language)

        def then(given: dict[str, Any]) -> str:
            operations.edit_text(slug=slug, language=language, actor=request.user.get_username(), **given)
            return f"{about} is saved."

        back = reverse("admin:dashboard_text_changelist")
        initial = {"title": title, "body": body}
        page = ask(self, request, EDIT, then=then, refusals=(ValidationError,), back=back, about=about, initial=initial)
        if isinstance(page, TemplateResponse):
            page.template_name = "dashboard/admin/text.html"
            page.context_data |= {"slug": slug, "language": language, "text": text}  # type: ignore[operator]
        return page

    def preview(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        """Show what is being written as readers would see it; nothing is saved."""
        self._about(request, slug, language)
        text = written().get((slug, language))
        kept = (text.title, text.body) if text else starting_text(slug, language)
        title, body = request.POST.get("title", kept[0]), request.POST.get("body", kept[1])
        return previewed(request, slug, language, title[:LONGEST_TITLE], body[:LONGEST_BODY])

    def start_again(self, request: HttpRequest, slug: str, language: str) -> HttpResponse:
        """Go back to the starting text."""
        about = self._about(request, slug, language)

        def then(given: dict[str, Any]) -> str:
            operations.remove_text(slug=slug, language=language, actor=request.user.get_username())
            return f"{about} is the starting text again."

        back = reverse("admin:dashboard_text_changelist")
        return ask(self, request, START_AGAIN, then=then, refusals=(operations.NotWritten,), back=back, about=about)

    def _about(self, request: HttpRequest, slug: str, language: str) -> str:
        """Return what the text is called.

        :raises PermissionDenied: to an operator who may not write texts.
        :raises Http404: where there is no such text.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        languages = dict(settings.LANGUAGES)
        if slug not in Slug.values or language not in languages:
            raise Http404("there is no such text")
        return f"{Slug(slug).label}, {languages[language]}"


def _texts() -> Table:
    theirs = written()
    return Table(
        title="Texts",
        headers=["On", *(name for _, name in settings.LANGUAGES)],
        rows=[
            [_page(slug), *(_state(theirs.get((slug, code)), slug, code) for code, _ in settings.LANGUAGES)]
            for slug in Slug
        ],
    )


def _page(slug: Slug) -> str:
    name = "wallet" if slug is Slug.DEPOSITS else slug.value
    shown = '{} <a class="text-primary-600 dark:text-primary-500" href="{}" target="_blank">see it</a>'
    return format_html(shown, slug.label, reverse(f"dashboard:{name}"))


def _state(text: Text | None, slug: str, language: str) -> SafeString:
    what = f"yours, of {moment(text.updated_at)}" if text else "the starting text"
    return link(what, "dashboard_text_edit", slug, language)


def _history() -> Table:
    events = history(**operations.ABOUT).reverse()[:LATEST]  # type: ignore[arg-type]
    return Table(
        title="History",
        headers=["When", "What", "Text", "By", "Title"],
        rows=[[moment(event.at), event.kind, *_told(event)] for event in events],
        more=link("All events", "events_event_changelist"),
    )


def _told(event: Event) -> list[str]:
    which = f"{event.data.get('slug')}, {event.data.get('language')}"
    return [which, event.actor, event.data.get("title", "")]
