"""Mass order: every line is an order of its own or a refusal in words, and the same batch orders once."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

import wallets.queries
from catalog.models import Service
from events.queries import history
from orders.models import Order, Request
from orders.operations import mass, place
from orders.operations.mass import TooManyLines, place_all
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = UUID("0193f1a2-7000-7000-8000-000000000001")


@pytest.fixture
def send(alice):
    def place_lines(*lines: str, batch: UUID = BATCH):
        return place_all(account_id=alice.id, text="\n".join(lines), batch_id=batch, actor="operator")

    return place_lines


def good(service: Service, quantity: int = 100) -> str:
    return f"{service.pk} | https://example.com/p | {quantity}"


def test_orders_every_line_and_keeps_its_number(send, service, alice):
    outcomes = send("", good(service), "  ", good(service, 200) + "\r", "")
    assert [(each.number, each.refusal) for each in outcomes] == [(2, ""), (4, "")]
    assert list(Order.objects.order_by("id").values_list("quantity", "link")) == [
        (100, "https://example.com/p"),
        (200, "https://example.com/p"),
    ]
    assert [each.order.id for each in outcomes if each.order] == list(
        Order.objects.order_by("id").values_list("id", flat=True)
    )
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.73")
    assert history("order", Order.objects.earliest("id").pk)[0].actor == "operator"


def test_sent_twice_orders_once(send, service, alice):
    lines = [good(service), good(service), "nonsense"]
    first, second = send(*lines), send(*lines)
    assert [each.order.replayed for each in second if each.order] == [True, True]
    assert [each.order.id for each in second if each.order] == [each.order.id for each in first if each.order]
    assert second[2] == first[2]
    assert Order.objects.count() == 2
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.82")


def test_sent_twice_at_once_orders_once(send, service, alice):
    lines = [good(service) for _ in range(5)]
    sent = at_once(*[lambda: send(*lines)] * 4)
    ids = [[each.order.id for each in outcomes] for outcomes in sent]
    assert ids == [ids[0]] * 4
    assert Order.objects.count() == 5


def test_two_batches_are_two(send, service):
    send(good(service))
    send(good(service), batch=UUID(int=BATCH.int + 1))
    assert Order.objects.count() == 2


def test_a_line_that_was_changed_orders_nothing_under_its_old_number(send, service):
    send(good(service, 100))
    (outcome,) = send(good(service, 200))
    assert outcome.refusal == "this line has ordered something else before: begin a new mass order"
    assert Order.objects.get().quantity == 100


def test_a_line_that_was_refused_can_be_mended(send, service):
    (wrong,) = send(good(service, 1))
    (right,) = send(good(service, 50))
    assert (wrong.order, right.refusal) == (None, "")
    assert Order.objects.get().quantity == 50


def test_one_bad_line_stops_no_other(send, service, sell):
    comments, package = sell(type="Custom Comments"), sell(type="Package", min=1, max=1, remote_id="14")
    subscription = sell(type="Subscriptions")
    lines = {
        good(service): "",
        "nonsense": "write it as service | link | quantity",
        "| |": "the service is missing: write it as service | link | quantity",
        "1 | https://example.com/p | many": "write it as service | link | quantity",
        f"x{good(service)}": "the service is not a number",
        "|https://example.com/p|100": "the service is missing: write it as service | link | quantity",
        "999999 | https://example.com/p | 100": "there is no such service on sale",
        f"{service.pk} | example.com | 100": "the link is not an http(s) address of at most 1000 characters",
        f"{service.pk} | https://example.com/\0 | 100": "the link is not an http(s) address of at most 1000 characters",
        f"{service.pk} | | 100": "the link is missing: write it as service | link | quantity",
        f"{service.pk} | https://example.com/p": "the quantity is missing: write it as service | link | quantity",
        f"{service.pk} | https://example.com/p | ٣": "the quantity is not a whole number",
        good(service, 49): "the quantity is below the service's minimum of 50",
        good(service, 10_001): "the quantity is above the service's maximum of 10000",
        good(comments): "this service needs comments as well: order it by itself",
        good(subscription): "this service needs username as well: order it by itself",
        f"{package.pk} | https://example.com/package": "",
        f"{package.pk} | https://example.com/package |": "",
        f"{service.pk}|https://example.com/a|b|100": "",
    }
    outcomes = send(*lines)
    assert {each.text: each.refusal for each in outcomes} == {line.strip(): words for line, words in lines.items()}
    assert [each.order is not None for each in outcomes] == [not words for words in lines.values()]
    links = list(Order.objects.order_by("id").values_list("link", flat=True))
    package_link = "https://example.com/package"
    assert links == ["https://example.com/p", package_link, package_link, "https://example.com/a|b"]
    assert Request.objects.count() == 4, "a refused line leaves nothing behind"


def test_orders_for_as_long_as_the_balance_lasts(send, sell, alice):
    dear = sell(rate="400", min=1)
    outcomes = send(good(dear, 200), good(dear, 100), good(dear, 50), good(dear, 1))
    assert [each.refusal for each in outcomes] == ["", "the balance is too low", "", "the balance is too low"]
    assert wallets.queries.balance_from_database(alice.id) == 0


def test_takes_no_more_than_a_thousand_lines(send, service):
    with pytest.raises(TooManyLines, match="1001 lines are too many: send at most 1000 at once"):
        send(*[good(service)] * 1001)
    assert Order.objects.count() == 0
    assert len(send(*["nonsense", ""] * 1000)) == 1000


def test_every_refusal_of_placing_has_its_words():
    words = {kind.__name__ for kind in mass.IN_WORDS}
    from api_v2.actions import ACTIONS

    # There is no coupon in a line.
    assert {kind.__name__ for kind in ACTIONS["add"].errors} - {"InvalidCoupon"} == words - {"NotALine"}


def test_every_line_is_a_transaction_of_its_own(send, service, monkeypatch):
    seen = []

    def place_and_look(**given):
        placed = place(**given)
        seen.append(transaction.get_connection().in_atomic_block)
        return placed

    monkeypatch.setattr("orders.operations.mass.place", place_and_look)
    send(good(service), good(service))
    assert seen == [False, False]


def test_refusals_are_in_the_language_of_whoever_asks(send, service, monkeypatch):
    spanish = {
        "write it as %(line)s": "escribe %(line)s",
        "the link is missing: write it as %(line)s": "falta el enlace: escribe %(line)s",
        "the service is not a number": "el servicio no es un número",
        "the quantity is below the service's minimum of %(minimum)s": "el mínimo es %(minimum)s",
        "there is no such service on sale": "no hay tal servicio",
    }
    monkeypatch.setattr(
        DjangoTranslation, "gettext", lambda self, text: spanish[text] if self.language() == "es" else text
    )
    lines = ["nonsense", f"{service.pk} |  | 100", "x | y | 100", good(service, 1), "99999 | y | 1"]
    with translation.override("es"):
        assert [each.refusal for each in send(*lines)] == [
            *("escribe service | link | quantity", "falta el enlace: escribe service | link | quantity"),
            *("el servicio no es un número", "el mínimo es 50", "no hay tal servicio"),
        ]
    assert send(*lines)[2].refusal == "the service is not a number"
