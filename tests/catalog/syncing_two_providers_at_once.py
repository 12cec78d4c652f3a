"""Two providers that sell the same services, synced at the same moment, as the clock does it."""

from functools import partial

import pytest
from django.db import transaction

from catalog.models import Category, Service, Source
from catalog.operations.syncing.batches import locked
from providers.operations import add_provider
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 500


def test_they_do_not_deadlock_whatever_the_order_of_their_sources():
    likes = Category.objects.create(name="Likes")
    services = Service.objects.bulk_create(
        Service(name=f"Likes {each}", category=likes, rate=2, min=50, max=10_000) for each in range(MANY)
    )
    ids = []
    for name, ordered in (("First", services), ("Second", services[::-1])):
        provider = add_provider(name=name, url="http://127.0.0.1:9/api/v2", key="its-key")
        sources = (Source(service=each, provider=provider, remote_id=str(each.pk), cost=1) for each in ordered)
        ids.append([each.pk for each in Source.objects.bulk_create(sources)])

    def hold(source_ids):
        with transaction.atomic():
            locked(source_ids)

    for _ in range(10):
        done = at_once(*(partial(hold, each) for each in ids * 2))
        assert [each for each in done if isinstance(each, Exception)] == []
