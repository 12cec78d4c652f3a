"""What templates show of services."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import ONE_PRICE, ServiceType

register = template.Library()

HOUR, DAY = 60, 24 * 60  # minutes


@register.filter
def duration(minutes: int | None) -> str:
    """Return how long something takes as people say it: `45 minutes`, `3 h 20 min`, `2 days`; nothing where unknown."""
    if minutes is None:
        return ""
    if minutes < HOUR:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 2 * DAY:
        hours, rest = divmod(minutes, HOUR)
        said = _("%(hours)d h %(minutes)d min") if rest else _("%(hours)d h")
        return said % {"hours": hours, "minutes": rest}
    days = round(minutes / DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


@register.filter
def per(service_type: str) -> str:
    """Return what the rate of a service of this type is the price of."""
    return _("each") if service_type in ONE_PRICE else _("per 1000")


@register.filter
def type_name(service_type: str) -> str:
    """Return what a type of service is called in the reader's language; the protocol has it in English."""
    return str(ServiceType(service_type).label)
