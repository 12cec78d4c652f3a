"""A reseller pastes lines: what came of each, and those that were refused once more."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

import wallets.queries
from catalog.models import Service
from events.queries import history
from orders.models import Order
from tests.conftest import MakePerson, MakeService, Person
from tests.dashboard.orders.conftest import wrong

# Every line is a transaction of its own.
pytestmark = pytest.mark.django_db(transaction=True)
MASS = "/dashboard/orders/mass"
BATCH = UUID("0193f1a2-7000-7000-8000-000000000001")


def send(client: Client, *lines: str, batch: UUID = BATCH) -> str:
    return client.post(MASS, {"lines": "\r\n".join(lines), "batch_id": str(batch)}).content.decode()


def test_says_what_came_of_each_line(alices: Client, alice: Person, service: Service) -> None:
    page = send(
        alices,
        f"{service.pk} | https://example.com/p/1 | 1000",
        f"{service.pk} | https://example.com/p/2 | 5",
        "",
        "nonsense <b>",
        f"{service.pk} | https://example.com/p/3 | 2000",
    )
    assert "2 of 4 lines are ordered" in page
    assert "Charged: <b>$2.70</b>" in page
    assert "The quantity is below the service&#x27;s minimum of 50" in page
    assert "Write it as service | link | quantity" in page
    assert "nonsense &lt;b&gt;" in page
    placed = list(Order.objects.order_by("id"))
    assert [order.quantity for order in placed] == [1000, 2000]
    assert all(f'href="/dashboard/orders/{order.shown_id}"' in page for order in placed)
    assert wallets.queries.balance_from_database(alice.id) == Decimal("97.30")
    assert history("order", placed[0].pk)[0].actor == "alice@example.com"


def test_asks_for_the_refused_ones_again_as_another_batch(alices: Client, service: Service) -> None:
    page = send(alices, f"{service.pk} | https://example.com/p/1 | 1000", "one", "two")
    assert "one\ntwo</textarea>" in page
    assert str(BATCH) not in page


def test_sent_twice_orders_once(alices: Client, alice: Person, service: Service) -> None:
    lines = [f"{service.pk} | https://example.com/p/1 | 1000", "nonsense"]
    send(alices, *lines)
    page = send(alices, *lines)
    assert "1 of 2 lines are ordered" in page
    assert "placed before" in page
    assert Order.objects.count() == 1
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


def test_somebody_elses_batch_is_another_one(alices: Client, bobs: Client, bob: Person, service: Service) -> None:
    line = f"{service.pk} | https://example.com/p/1 | 1000"
    send(alices, line)
    assert "placed before" not in send(bobs, line)
    assert list(Order.objects.order_by("id").values_list("account__email", flat=True)) == [
        "alice@example.com",
        "bob@example.com",
    ]


REFUSED = [
    ("x | https://example.com/p | 100", "The service is not a number"),
    ("999999 | https://example.com/p | 100", "There is no such service on sale"),
    ("{service} | example.com | 100", "The link is not an http(s) address of at most 1000 characters"),
    ("{service} | https://example.com/p | 10001", "The quantity is above the service&#x27;s maximum of 10000"),
    ("{service} | https://example.com/p |", "The quantity is missing: write it as service | link | quantity"),
    ("{comments} | https://example.com/p | 100", "This service needs comments as well: order it by itself"),
    ("{service} | https://example.com/p | 10000", "The balance is too low"),
]


@pytest.mark.parametrize(("line", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_a_refused_line_says_why_and_orders_nothing(
    client: Client, person: MakePerson, sell: MakeService, line: str, says: str
) -> None:
    carol = person("carol", deposit="1")
    client.force_login(carol.user)
    ids = {"service": sell().pk, "comments": sell(type="Custom Comments", remote_id="2").pk}
    page = send(client, line.format(**ids))
    assert "0 of 1 line is ordered" in page
    assert says in page
    assert not Order.objects.exists()
    assert wallets.queries.balance_from_database(carol.id) == 1


@pytest.mark.parametrize(
    ("lines", "batch", "says"),
    [
        ("", str(BATCH), "lines: This field is required."),
        (" \r\n ", str(BATCH), "lines: Write at least one line."),
        ("a\r\n" * 1001, str(BATCH), "lines: Send at most 1000 lines at once."),
        ("a\0b", str(BATCH), "lines: Null characters are not allowed."),
    ],
)
def test_refuses_what_is_no_batch(alices: Client, lines: str, batch: str, says: str) -> None:
    answer = alices.post(MASS, {"lines": lines, "batch_id": batch})
    assert wrong(answer.content.decode()) == [says]
    assert not Order.objects.exists()


def test_a_batch_without_an_id_orders_nothing(alices: Client, service: Service) -> None:
    answer = alices.post(MASS, {"lines": f"{service.pk} | https://example.com/p/1 | 1000", "batch_id": "x"})
    assert "Enter a valid UUID." in answer.content.decode()
    assert not Order.objects.exists()
