"""Looking for services among thousands: a page of what is on sale, by words, category and what it can do."""

from collections.abc import Iterable
from functools import reduce
from operator import and_

from django.db.models import Count, Q

from catalog.offering import LARGEST_ID
from catalog.queries import LISTED, Listed, Terms, on_sale
from kit.paging import Page, numbered

PER_PAGE = 100
MOST_WORDS = 10  # each is compared with every service; what comes after them is not looked at


def search(
    *,
    text: str = "",
    category_id: int | None = None,
    type: str = "",  # noqa: A002 -- the protocol's word
    refill: bool | None = None,
    cancel: bool | None = None,
    dripfeed: bool | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page[Listed]:
    """Return one page of the services on sale, in the listing's order, in two statements.

    :param text: every word of it occurs in a service's name or its category's, in whatever case, or is its id.
    """
    exactly = {"category_id": category_id, "type": type or None, "refill": refill}
    exactly |= {"cancel": cancel, "dripfeed": dripfeed}
    given = {name: value for name, value in exactly.items() if value is not None}
    found = on_sale().filter(_says(text), **given)
    total = found.count()
    page, pages = numbered(page, total=total, per_page=per_page)
    rows = found.values_list(*LISTED)[(page - 1) * per_page : page * per_page]
    return Page([Listed(*row) for row in rows], page, pages, total)


def one_on_sale(service_id: int) -> Listed | None:
    """Return the service as it is listed, or None where it is not on sale."""
    if not 0 < service_id <= LARGEST_ID:
        return None
    row = on_sale().filter(pk=service_id).values_list(*LISTED).first()
    return Listed(*row) if row else None


def categories_on_sale() -> list[tuple[int, str, int]]:
    """Return each category with anything on sale, in the operator's order: its id, its name, and how many services."""
    by_category = on_sale().order_by("category__position", "category_id").values_list("category_id", "category__name")
    return list(by_category.annotate(services=Count("pk")))


def at_rates(rows: Iterable[Listed], terms: Terms) -> list[Listed]:
    """Return the rows with the rates that an account pays, by its `catalog.queries.terms`."""
    return [row._replace(rate=terms.of(row.id).rate(row.rate)) for row in rows]


def _says(text: str) -> Q:
    """Return the condition that every word occurs. What PostgreSQL keeps in no text (NUL) occurs nowhere."""
    words = dict.fromkeys(text.split())
    return reduce(and_, map(_occurs, list(words)[:MOST_WORDS]), Q())


def _occurs(word: str) -> Q:
    if "\0" in word:
        return Q(pk__in=[])
    named = Q(name__icontains=word) | Q(category__name__icontains=word)
    is_id = word.isascii() and word.isdigit() and len(word) <= len(str(LARGEST_ID)) and int(word) <= LARGEST_ID
    return named | Q(pk=int(word)) if is_id else named
