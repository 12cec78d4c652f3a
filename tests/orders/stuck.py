"""Orders that take far longer than is usual, and those that their provider never knew, are reported."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

import orders.queries
from alerts.models import Alert
from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from tests.admin.conftest import bobs, operator
from tests.orders.following_many import write_under_way
from tests.orders.sources import place_in_runs

__all__ = ["bobs", "operator"]
pytestmark = pytest.mark.django_db(transaction=True)


def stuck():
    return list(orders.queries.stuck().values_list("pk", flat=True))


def alerts():
    return list(Alert.objects.filter(kind="orders.stuck").order_by("id").values_list("text", "cleared_at"))


@pytest.mark.parametrize(
    ("average_time", "factor", "after"),
    [(60, 5, {"hours": 5}), (None, 5, {"days": 5}), (1, 5, {"hours": 1}), (60, 2, {"hours": 2})],
    ids=["its usual time", "a day where nobody knows", "an hour at least", "by the setting"],
)
def test_an_order_is_stuck_after_its_usual_time_and_not_before(average_time, factor, after, order_of, time, settings):
    settings.STUCK_FACTOR = factor
    order = order_of(average_time=average_time)
    time.move(**after, seconds=-1)
    assert stuck() == []
    time.move(seconds=2)
    assert stuck() == [order.pk]


def test_an_absurd_usual_time_breaks_nothing(order_of, time):
    order_of(average_time=2**31 - 1)
    time.move(days=20)
    assert stuck() == []


def test_an_order_that_ended_is_not_stuck(order_of, buy, follow, time):
    order_of(average_time=1)
    buy()
    follow()
    time.move(days=10)
    assert stuck() == []


def test_a_drip_feed_counts_from_its_last_run(alice, sell, upstream, time):
    service = sell(at=upstream, dripfeed=True, average_time=60)
    order = place_in_runs(alice, service, runs=13)  # the last two hours after the first
    time.move(hours=7, seconds=-1)
    assert stuck() == []
    time.move(seconds=2)
    assert stuck() == [order.pk]


def test_an_order_the_provider_never_knew_is_stuck_after_an_hour(order_of, buy, time):
    order = order_of(average_time=600)
    buy()
    time.move(minutes=59)
    assert stuck() == []
    time.move(minutes=2)
    assert stuck() == [order.pk]
    Purchase.objects.update(reported="in_progress")
    assert stuck() == []


def test_it_is_told_once_and_is_over_when_none_is_left(order_of, time):
    first, _ = order_of(average_time=1), order_of(average_time=1)
    assert tasks.report_stuck() == 0
    assert alerts() == []
    time.move(hours=2)
    assert tasks.report_stuck() == 2
    assert tasks.report_stuck() == 2
    ((text, cleared),) = alerts()
    assert text.startswith("2 orders take far longer than is usual")
    assert cleared is None
    Order.objects.update(created_at=clock.now())
    assert tasks.report_stuck() == 0
    assert alerts()[0][1] == clock.now()
    Order.objects.filter(pk=first.pk).update(created_at=clock.now() - timedelta(days=1))
    assert tasks.report_stuck() == 1
    assert [cleared is None for _, cleared in alerts()] == [False, True]


def test_the_doctor_says_so(order_of, time):
    order_of(average_time=1)
    time.move(hours=2)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert "stuck orders: 1 order takes far longer than is usual" in out.getvalue()


def test_the_admins_filter_shows_them(order_of, time, bobs):
    late = order_of(average_time=1)
    time.move(hours=2)
    fresh = order_of(average_time=60)
    page = bobs.get("/admin/orders/order/?stuck=yes").content.decode()
    assert late.shown_id in page
    assert fresh.shown_id not in page


def test_finding_them_looks_at_no_order_that_is_not_stuck(alice, sell, upstream, time):
    service = sell(at=upstream, average_time=60, rate="0")
    late = write_under_way(alice, service, 3, reported="in_progress")
    time.move(hours=6)
    write_under_way(alice, service, 3000, reported="in_progress")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order, orders_purchase, catalog_service")
        query, params = orders.queries.stuck().values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS off, TIMING off) {query}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert sorted(stuck()) == [each.order_id for each in late]
    for index in ("order_open", "purchase_never_found"):
        assert index in plan, plan
    assert "Seq Scan on orders_order o" not in plan, plan
    assert "Seq Scan on orders_purchase" not in plan, plan
