"""What the operator is told of a provider's list: that it was not gone by, and what of it waits for him."""

from django.db.models import Count

import alerts.operations
from catalog.models import ChangeState, OffBecause, Source, SyncChange
from providers.models import Provider

REFUSED, QUARANTINED, SWITCHED_OFF = "sync.refused", "sync.quarantined", "sync.switched_off"
CHANGES = "/admin/catalog/syncchange/"
SOURCES = "/admin/catalog/source/"


def refused(provider: Provider, why: str) -> None:
    """Tell that a list was not gone by; of a paused provider, nothing is told."""
    if not provider.active:
        return
    text = f"{why} The catalogue stays as it is."
    alerts.operations.raise_alert(
        kind=REFUSED,
        subject_id=provider.pk,
        text=text,
        path=f"/admin/providers/provider/{provider.pk}/change/",
    )


def went_by(provider: Provider) -> None:
    """Say that a good list came again."""
    alerts.operations.clear_alert(kind=REFUSED, subject_id=provider.pk)


def waiting(provider: Provider) -> None:
    """Tell how many changes are held back and how many sources are off for their price, or that none is any more.

    Of a paused provider, nothing is told: nobody buys there.
    """
    held = SyncChange.objects.filter(provider=provider, state=ChangeState.QUARANTINED)
    by_field = dict(held.values_list("field").annotate(Count("id")).order_by("field"))
    _told(
        QUARANTINED,
        provider,
        sum(by_field.values()),
        f"{provider.name}: {_counted(by_field)} held back. Approve or refuse them.",
        f"{CHANGES}?provider__id__exact={provider.pk}&state=quarantined",
    )
    off = Source.objects.filter(provider=provider, off_because=OffBecause.PRICE).count()
    _told(
        SWITCHED_OFF,
        provider,
        off,
        f"{provider.name}: {_plural(off, 'source')} off, for selling would leave less than MARGIN_FLOOR. Raise the "
        "prices, and the next sync switches them on again.",
        f"{SOURCES}?provider__id__exact={provider.pk}&off_because__exact=price",
    )


def _told(kind: str, provider: Provider, count: int, text: str, path: str) -> None:
    if count and provider.active:
        alerts.operations.raise_alert(kind=kind, subject_id=provider.pk, text=text, path=path)
    else:
        alerts.operations.clear_alert(kind=kind, subject_id=provider.pk)


def _counted(by_field: dict[str, int]) -> str:
    names = {"cost": "price", "type": "change of type"}
    return " and ".join(_plural(count, names.get(field, field)) for field, count in by_field.items())


def _plural(count: int, name: str) -> str:
    if count == 1:
        return f"1 {name} is"
    return f"{count} {name.replace('change of type', 'changes of type') if ' of ' in name else name + 's'} are"
