"""Making services of what a provider lists: their headings, their prices, and where they are bought."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Category, PriceRule, PricingMode, Service, Source
from catalog.operations import switching
from catalog.operations.merging import Word, imported_markup
from catalog.operations.repricing import reprice
from catalog.pricing import marked_up
from kit import clock
from providers.models import Provider

LOCK = 0x1337  # the namespace of our advisory locks; the provider's id is the second half


def one_at_a_time(provider: Provider) -> None:
    """Hold, until the transaction ends, what every batch of an import and of a sync of this provider holds.

    Two at once would each find a new service missing. The second waits here, then sees the first's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, provider.pk])


def hold_services(sources: QuerySet[Source]) -> None:
    """Lock the services of these sources by their ids, before the sources themselves.

    Whoever writes both takes them in this order, or two providers that sell the same services would deadlock.
    """
    services = Service.objects.filter(pk__in=sources.order_by().values("service_id")).order_by("id")
    list(services.select_for_update(of=("self",), no_key=True).values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class Usual:
    """How new services are priced: by a markup in percent, or by the rule of their category or provider."""

    markup: Decimal | None
    ruled: frozenset[int] = frozenset()  # the categories that have a rule

    def markup_in(self, category_id: int) -> Decimal | None:
        """Return the markup of a new service under this heading, or None where it has none of its own."""
        return None if category_id in self.ruled else self.markup


def usual_pricing(provider: Provider, markup: Decimal | None = None) -> Usual:
    """Return how a new service of this provider is priced: by this markup where one is given.

    Without one: by the rule of its category or the provider, else by the markup of the provider's newest service.
    """
    if markup is not None:
        return Usual(markup)
    rules = list(
        PriceRule.objects.filter(Q(provider=provider) | Q(category__isnull=False)).values_list("provider", "category")
    )
    if any(at is not None for at, _ in rules):
        return Usual(None)
    newest = Source.objects.filter(provider=provider, seen__has_key="markup").order_by("-id").first()
    return Usual(None if newest is None else imported_markup(newest), frozenset(category for _, category in rules))


def headings_of(provider: Provider) -> dict[str, int]:
    """Return where each of the provider's headings went before, by its name there.

    So a heading that the operator has renamed goes on taking what the provider puts there.
    """
    before = Source.objects.filter(provider=provider, seen__made__has_key="category_id").order_by()
    pairs = list(before.values_list("seen__said__category", "seen__made__category_id").distinct())
    there = set(Category.objects.filter(pk__in={pk for _, pk in pairs}).values_list("id", flat=True))
    return {name: pk for name, pk in pairs if pk in there}


def find_or_make(names: Collection[str], headings: dict[str, int]) -> None:
    """Put the category of each of these headings into `headings`, made where there is none of the name."""
    missing = {name for name in names if name not in headings}
    if not missing:
        return
    headings |= Category.objects.filter(name__in=missing).values_list("name", "id")
    new = [name for name in names if name not in headings]
    Category.objects.bulk_create((Category(name=name) for name in new), ignore_conflicts=True)
    headings |= Category.objects.filter(name__in=new).values_list("name", "id")


@dataclass(frozen=True, slots=True)
class Created:
    """The services that were made, and the sales whose sources are off, as they would lose by them."""

    services: list[Service]
    off: list[switching.Sale]


def create(provider: Provider, words: Sequence[Word], usual: Usual, actor: str) -> Created:
    """Put what the words say on sale, in the caller's transaction; what would sell below the margin floor is off."""
    markups = [usual.markup_in(word.category_id) for word in words]
    services = Service.objects.bulk_create(map(_service, words, markups))
    now = clock.now()
    sources = Source.objects.bulk_create(
        Source(
            service=service,
            provider=provider,
            remote_id=word.offered.remote_id,
            cost=word.cost,
            currency=word.currency,
            seen=word.seen(of_service=True, markup=markup),
            seen_at=now,
        )
        for service, word, markup in zip(services, words, markups, strict=True)
    )
    inheriting = [service.pk for service in services if not service.pricing_mode]
    if inheriting:
        reprice(service_ids=inheriting, actor=actor, reason="imported")
    made = {service.pk for service in services}
    settled = switching.settle(service_ids=made, moved={source.pk for source in sources}, actor=actor)
    return Created(services, settled.off)


def _service(word: Word, markup: Decimal | None) -> Service:
    """Return the service that is made of a word; a rule's price is made once it is there."""
    if markup is None:
        return Service(type=word.offered.type, pricing_mode="", rate=word.cost_usd, **word.made())
    rate = marked_up(word.cost_usd, markup)
    mode = PricingMode.MARKUP
    return Service(type=word.offered.type, pricing_mode=mode, pricing_value=markup, rate=rate, **word.made())
