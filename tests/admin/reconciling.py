"""The screens of reconciliation, and noting a top-up there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kit import clock
from orders.models import Reconciliation, Topup
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/reconciliation/"


@pytest.fixture
def row(provider):
    at = clock.now() - timedelta(hours=1)
    values = {"balance": Decimal(100), "cost": Decimal(500), "spent": Decimal(40), "drift": Decimal("-25.5")}
    return Reconciliation.objects.create(provider=provider, at=at, **values)


def test_shows_each_look_and_whether_it_is_explained(bobs, row):
    shown = text(bobs.get(LIST))
    assert "-25.50 USD" in shown
    shown = text(bobs.get(f"{LIST}{row.pk}/change/"))
    assert "500.00 USD" in shown
    assert f"The last looks at {row.provider}" in shown


@pytest.mark.parametrize("page", [f"{LIST}topup/", "/admin/orders/topup/topup/"])
def test_notes_a_topup(bobs, provider, page):
    given = {"provider": provider.pk, "amount": "50", "reference": "wire 1", "paid_at": ""}
    answer = bobs.post(page, given, follow=True)
    assert f"50.00 USD paid to {provider} are noted." in text(answer)
    topup = Topup.objects.get()
    assert (topup.amount, topup.reference, topup.actor) == (Decimal(50), "wire 1", "bob@panel.example")


def test_a_topup_of_before_the_look_explains_it(bobs, row):
    paid_at = f"{row.at - timedelta(minutes=5):%Y-%m-%d %H:%M}"
    Reconciliation.objects.create(provider=row.provider, at=row.at - timedelta(days=1), balance=1, cost=1)
    given = {"provider": row.provider_id, "amount": "25.5", "reference": "wire 1", "paid_at": paid_at}
    bobs.post(f"{LIST}topup/", given)
    row.refresh_from_db()
    assert (row.topped_up, row.drift) == (Decimal("25.5"), 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reference": "used"}, "is noted already"),
        ({"amount": "0"}, "Say how much was paid in"),
        ({"amount": "much"}, "is not an amount"),
        ({"paid_at": "yesterday"}, "Enter a valid date/time."),
        ({"provider": "99999"}, "Select a valid choice."),
    ],
)
def test_refuses_what_is_no_topup_and_keeps_what_was_typed(bobs, provider, changed, said):
    given = {"provider": provider.pk, "amount": "50", "reference": "used", "paid_at": ""}
    bobs.post(f"{LIST}topup/", given)
    answer = bobs.post(f"{LIST}topup/", given | {"reference": "wire 2"} | changed)
    assert said in text(answer)
    assert 'name="reference"' in answer.content.decode()
    assert Topup.objects.count() == 1
