"""Any history with several sources: the money adds up, and no run is ever bought twice at once."""

from decimal import Decimal

import pytest
from django.db.models import Count, Q
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

import accounts.operations
from orders.models import Purchase
from orders.operations import buying, rerouting
from providers.models import Provider
from providers.operations import add_provider
from providers.outcomes import Refused
from tests.orders.histories import Histories
from tests.orders.sources import add_source

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = Q(state__in=["queued", "submitting", "placed", "unknown", "done", "withdrawn"])


class HistoriesOfSources(Histories):
    """The same, bought at three providers that refuse, fail and come back as they please."""

    @rule()
    def pause_the_first(self):
        Provider.objects.filter(pk=Provider.objects.order_by("pk").values("pk")[:1]).update(active=False)
        rerouting.reroute()

    @rule()
    def all_serve_again(self):
        Provider.objects.update(active=True, ask_again_at=None)
        Provider.objects.update(failing_since=None, failure="", failing_at="")

    @invariant()
    def no_run_is_bought_twice(self):
        runs = Purchase.objects.values("order_id", "run")
        assert not runs.annotate(live=Count("id", filter=LIVE)).filter(live__gt=1).exists()

    @invariant()
    def no_source_is_asked_again_unless_the_operator_says_so(self):
        refused = Purchase.objects.filter(state="refused").exclude(order__in=resent())
        again = refused.values("order_id", "run", "source_id").annotate(times=Count("id")).filter(times__gt=1)
        assert not again.exists()

    @invariant()
    def a_purchase_is_where_its_source_is(self):
        assert {each.provider_id == each.source.provider_id for each in bought()} <= {True}


def resent():
    from events.models import Event

    return Event.objects.filter(kind="purchase.resent").values("subject_id")


def bought():
    return Purchase.objects.select_related("source")


def _begin_with_one_that_fails_over():
    HistoriesOfSources().order(quantity=1000)
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Refused("said so"))
    assert Purchase.objects.filter(attempt=2, state="queued").exists()


def test_any_history_of_three_sources_keeps_the_books_and_buys_no_run_twice(alice, sell, time):
    accounts.operations.deposit(account_id=alice.id, amount=Decimal(99_900), reference="plenty")
    service = sell()
    for number, cost in enumerate(("0.60", "0.70"), start=2):
        provider = add_provider(name=f"number {number}", url="http://127.0.0.1:9/api/v2", key="its-key")
        add_source(service, provider, priority=number, cost=cost)
    HistoriesOfSources.account_id, HistoriesOfSources.service_id, HistoriesOfSources.time = alice.id, service.pk, time
    _begin_with_one_that_fails_over()
    run_state_machine_as_test(
        HistoriesOfSources,
        settings=settings(
            max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
