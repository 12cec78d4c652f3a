"""What the operator's screens share: lists that never count a million rows, pages that only show, links, tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold import paginator as unfold_paginator
from unfold.admin import ModelAdmin

from kit import money

LINK = '<a class="text-primary-600 dark:text-primary-500 hover:underline" href="{}">{}</a>'
DEEPEST = 100_000  # rows one can page to; beyond that, searching is what helps


# unfold's pages leave the number of results out where the class has this name.
class InfinitePaginator(unfold_paginator.InfinitePaginator):  # type: ignore[misc] # unfold has no types
    """Offers the next page for as long as this one is full, and never asks how many there are."""

    count = DEEPEST


class Screen(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """A screen whose writes are operations: it deletes nothing, and counts nothing it need not."""

    refusals: tuple[type[Exception], ...] = ()  # what the operation behind the form may still object to
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_sheet = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; what the operation refuses, though the form was in order, is said in a message."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        except self.refusals as error:
            messages.error(request, sentence(error))
            return HttpResponseRedirect(request.get_full_path())

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: what was once referred to is switched off, not deleted."""
        return False

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the operator may press the buttons of these rows, read-only as their fields may be."""
        options = self.model._meta
        return bool(request.user.has_perm(f"{options.app_label}.change_{options.model_name}"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return what `find` finds; a screen without it searches as Django does."""
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        found = self.find(queryset, term)
        return (found, False) if found is not None else super().get_search_results(request, queryset, term)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        """Return the rows that the term names exactly, by an index; None to leave it to Django."""
        return None


class BigScreen(Screen):
    """A screen of a table that grows for ever: newest first, in no other order, not counted."""

    paginator = InfinitePaginator
    sortable_by = ()


class Shown(BigScreen):
    """A screen of rows that nobody edits, a superuser neither."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True, slots=True)
class Table:
    """A table on a page, below its fields; `more` is a link to the whole list."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    more: SafeString | str = ""

    @property
    def table(self) -> dict[str, Any]:
        """Return it as unfold's table component takes it."""
        return {"headers": self.headers, "rows": self.rows}


def link(text: object, view: str, *args: object) -> SafeString:
    """Return a link to an admin page: `link(order, "orders_order_change", order.pk)`."""
    return format_html(LINK, reverse(f"admin:{view}", args=args), text)


def list_link(text: object, view: str, **where: str | int) -> SafeString:
    """Return a link to a list with a filter: `list_link("orders", "orders_order_changelist", account__id__exact=5)`."""
    return format_html(LINK, f"{reverse(f'admin:{view}')}?{urlencode(where)}", text)


def dollars(amount: Decimal | None) -> str:
    """Return an amount as the wire writes it."""
    return "" if amount is None else money.wire(amount)


def moment(at: Any) -> str:
    """Return a moment to the second, or nothing."""
    return "" if at is None else date_format(localtime(at), "Y-m-d H:i:s")


def sentence(error: Exception) -> str:
    """Return what an error says as a sentence."""
    text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if text.partition(" ")[0].isalpha() else f"{text}."


def whole_number(term: str) -> int | None:
    """Return the id that a person typed, or None where it is none that a row can have."""
    plain = term.removeprefix("#")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else None


def short(text: str, longest: int = 60) -> SafeString:
    """Return the beginning of a long text in one unbroken line, all of it on hovering."""
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return format_html('<span class="whitespace-nowrap" title="{}">{}</span>', text, shown)


def pairs(data: Iterable[tuple[str, Any]]) -> str:
    """Return the members of an event or a call in a line one can read."""
    return ", ".join(f"{name}: {value}" for name, value in data)
