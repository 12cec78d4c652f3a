"""Two imports of one provider at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from catalog.models import Category, Service, Source
from catalog.operations import importing
from catalog.operations.importing import import_services
from tests.catalog.conftest import row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("guarded", [False, True], ids=["the race with the guard off", "guarded"])
def test_create_each_service_once(seller, catalogue, monkeypatch, guarded):
    catalogue.rows = [row(each) for each in range(1, 6)]
    together = threading.Barrier(2)
    find = importing._locked
    if not guarded:
        monkeypatch.setattr(importing, "one_at_a_time", lambda provider: None)

        def both_have_looked(*args):
            known = list(find(*args))
            together.wait(timeout=10)
            return known

        monkeypatch.setattr(importing, "_locked", both_have_looked)

    def run(_: int) -> int:
        try:
            if guarded:
                together.wait(timeout=10)
            return import_services(provider=seller).created
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        created = sorted(pool.map(run, range(2)))

    services = (Service.objects.count(), Source.objects.count(), Category.objects.count())
    assert (created, services) == (([0, 5], (5, 5, 1)) if guarded else ([5, 5], (10, 10, 1)))
