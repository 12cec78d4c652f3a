"""Orders that want a coupon's last use at the same instant, beside what happens with the guard off."""

import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction

from catalog.models import Coupon
from catalog.operations import add_coupon
from orders.models import CouponUse, Order
from orders.operations import place
from orders.parameters import InvalidCoupon
from tests.racing import PATIENCE, at_once
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20


def order(account_id, service, number):
    return partial(
        place,
        account_id=account_id,
        params={
            "service": str(service.pk),
            "link": f"https://example.com/{number}",
            "quantity": "1000",
            "coupon": "LAST",
        },
        request_id=f"race-{number}",
    )


def test_with_the_guard_off_all_twenty_have_the_last_use():
    """The control: read, decide, write. Every one of them reads that there is a use left."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (used int, use_limit int)")
        cursor.execute("INSERT INTO unguarded VALUES (0, 1)")
    everyone_has_read = threading.Barrier(AT_ONCE)

    def use():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT used < use_limit FROM unguarded")
            (free,) = cursor.fetchone()
            everyone_has_read.wait(PATIENCE)
            cursor.execute("UPDATE unguarded SET used = used + 1")
            return free

    try:
        assert at_once(*[use] * AT_ONCE) == [True] * AT_ONCE
        with connection.cursor() as cursor:
            cursor.execute("SELECT used FROM unguarded")
            assert cursor.fetchone() == (AT_ONCE,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_of_twenty_orders_on_the_last_use_exactly_one_has_it(person, service):
    people = [person(f"alice{number}") for number in range(AT_ONCE)]
    add_coupon(code="LAST", percent=Decimal(50), use_limit=5, actor="bob")
    Coupon.objects.update(used=4)

    results = at_once(*[order(each.id, service, number) for number, each in enumerate(people)])

    assert sorted(type(each).__name__ for each in results) == ["InvalidCoupon"] * (AT_ONCE - 1) + ["Placed"]
    assert Coupon.objects.get().used == 5
    placed = Order.objects.get()
    assert (placed.charge, CouponUse.objects.get().order_id) == (Decimal("0.45"), placed.pk)
    assert sum(Wallet.objects.values_list("balance", flat=True)) == AT_ONCE * 100 - placed.charge


def test_of_twenty_orders_of_one_account_as_many_have_it_as_it_may(alice, service):
    add_coupon(code="LAST", percent=Decimal(50), per_account=3, actor="bob")

    results = at_once(*[order(alice.id, service, number) for number in range(AT_ONCE)])

    assert sum(isinstance(each, InvalidCoupon) for each in results) == AT_ONCE - 3
    assert sorted(CouponUse.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert (Coupon.objects.get().used, Order.objects.count()) == (3, 3)
    assert Wallet.objects.get(pk=alice.id).balance == Decimal("98.65")


def test_one_request_sent_twenty_times_at_once_uses_it_once(alice, service):
    add_coupon(code="LAST", percent=Decimal(50), use_limit=1, actor="bob")

    results = at_once(*[order(alice.id, service, 1)] * AT_ONCE)

    assert len({each.id for each in results}) == 1
    assert sorted(each.replayed for each in results) == [False] + [True] * (AT_ONCE - 1)
    assert (Coupon.objects.get().used, CouponUse.objects.count()) == (1, 1)


def test_an_account_whose_money_is_short_leaves_the_last_use_to_the_next(person, service):
    poor, rich = person("carol", deposit="0"), person("alice")
    add_coupon(code="LAST", percent=Decimal(50), use_limit=1, actor="bob")

    refused, placed = at_once(order(poor.id, service, 1), order(rich.id, service, 2))

    # Whichever came first, the one that could pay has it: the other one's use was rolled back while it waited.
    assert type(refused).__name__ in {"InsufficientBalance", "InvalidCoupon"}
    assert Order.objects.get().pk == placed.id
    assert Coupon.objects.get().used == 1
