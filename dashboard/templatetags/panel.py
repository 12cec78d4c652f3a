"""What the templates share: money, moments, statuses, icons, and the fields of forms."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from dashboard.currency import Currency
from dashboard.icons import ICONS
from dashboard.words import TONES, word
from kit.money import wire
from kit.paging import Slice

register = template.Library()


@register.filter
def usd(amount: Decimal | None) -> str:
    """Return the amount as people read it: `$47.32`, with as many decimals as it has, two at least."""
    if amount is None:
        return ""
    sign, digits = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}${wire(digits)}"


@register.simple_tag(takes_context=True)
def money(context: Context, amount: Decimal | None) -> SafeString:
    """Show the amount in USD, which is what counts, and beside it in the currency the reader has chosen."""
    shown = format_html("<b>{}</b>", usd(amount))
    currency: Currency | None = context.get("display_currency")
    if not currency or amount is None:
        return shown
    return format_html(
        '{} <span class="converted" title="{}">≈ {} {}</span>',
        shown,
        _("At the operator's rate; you pay in USD"),
        currency.shown(amount),
        currency.code,
    )


@register.simple_tag(takes_context=True)
def converted(context: Context, amount: Decimal | None) -> str:
    """Return the amount in the currency that the reader has chosen, with its code; nothing where that is USD."""
    currency: Currency | None = context.get("display_currency")
    return f"{currency.shown(amount)} {currency.code}" if currency and amount is not None else ""


@register.filter
def moment(at: datetime | None) -> SafeString:
    """Show a moment by the minute in UTC, readable by machines to the second."""
    if at is None:
        return SafeString("")
    there = localtime(at)
    return format_html(
        '<time datetime="{}" class="nowrap">{}</time>', there.isoformat(timespec="seconds"), f"{there:%Y-%m-%d %H:%M}"
    )


@register.simple_tag
def status(value: str) -> SafeString:
    """Show the status of an order, a refill, a subscription or a delivery as a badge."""
    return format_html('<span class="badge {}">{}</span>', TONES.get(value, ""), word(value))


register.filter("word", word)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of our icons; what it means stands beside it as text."""
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def meter(used: int, limit: int) -> SafeString:
    """Draw how much of a limit is used; the numbers stand beside it."""
    full = limit > 0 and used >= limit
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="4"/></svg>',
        "full" if full else "",
        f"{min(100 * used / limit, 100):.1f}" if limit else 0,
    )


@register.inclusion_tag("dashboard/parts/field.html")
def field(bound: BoundField, optional: bool = True) -> dict[str, Any]:
    """Show a field of a form with its label, what is wrong with it, and its hint."""
    if bound.errors:
        bound.field.widget.attrs["aria-invalid"] = "true"
    return {"field": bound, "checkbox": isinstance(bound.field.widget, forms.CheckboxInput), "optional": optional}


@register.simple_tag(takes_context=True)
def same_list(context: Context, **changes: Any) -> str:
    """Return this page's query string with some parameters changed; an empty value takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in ("", None):
            query[name] = str(value)
    return str(query.urlencode())


@register.simple_tag(takes_context=True)
def canonical(context: Context, page: int = 1) -> str:
    """Return the one address of this page, by which searches name it; of a list's later pages with their number."""
    here = f"{settings.PANEL_URL}{context['request'].path}"
    return f"{here}?page={page}" if isinstance(page, int) and page > 1 else here


@register.inclusion_tag("dashboard/parts/pager.html", takes_context=True)
def pager(context: Context, piece: Slice[Any]) -> dict[str, str]:
    """Lead to the slices of a list before and after this one, where there are some."""
    newer = "" if piece.newer is None else same_list(context, after=piece.newer, before="")
    older = "" if piece.older is None else same_list(context, before=piece.older, after="")
    return {"newer": newer, "older": older}
