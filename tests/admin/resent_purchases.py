"""What the operator sees of a purchase that is sent again by itself: apart from what waits for him."""

from datetime import timedelta

import pytest

from kit import clock
from orders.models import Purchase
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
DESK = "/admin/orders/unknownpurchase/"


@pytest.fixture
def resent(ordered):
    """An unknown purchase that was sent again twice, and is again in a minute."""
    purchase = ordered(state="unknown").purchases.get()
    known = {"sent": {"service": "1", "request_id": "pur_1"}, "provider_version": 1, "resends": 2}
    moments = {"resent_at": clock.now(), "resend_at": clock.now() + timedelta(minutes=1)}
    Purchase.objects.filter(pk=purchase.pk).update(**known, **moments)
    purchase.refresh_from_db()
    return purchase


def listed(page):
    return [each.pk for each in page.context["cl"].result_list]


def test_the_desk_shows_first_what_waits_for_him(bobs, resent, ordered):
    yours = ordered(state="unknown").purchases.get()
    page = bobs.get(DESK)
    assert listed(page) == [yours.pk, resent.pk]
    assert "yours to decide" in text(page)
    assert f"by itself at {resent.resend_at:%Y-%m-%d %H:%M:%S}" in text(page)
    assert listed(bobs.get(f"{DESK}?waits_for=you")) == [yours.pk]
    assert listed(bobs.get(f"{DESK}?waits_for=itself")) == [resent.pk]


@pytest.mark.parametrize("page", ["order", "purchase", "unknownpurchase"])
def test_each_page_says_when_it_is_sent_again(page, bobs, resent):
    number = resent.order_id if page == "order" else resent.pk
    shown = text(bobs.get(f"/admin/orders/{page}/{number}/change/"))
    assert f"2 times, last at {resent.resent_at:%Y-%m-%d %H:%M:%S}; by itself at {resent.resend_at:%Y-%m-%d}" in shown


def test_he_may_decide_all_the_same(bobs, resent):
    answer = bobs.post(f"{DESK}{resent.pk}/not-placed/", {"reason": "asked them"}, follow=True)
    assert "It is refunded." in text(answer)
    resent.refresh_from_db()
    assert (resent.state, resent.resend_at) == ("refused", None)


def test_while_it_is_on_the_wire_the_desk_says_so(bobs, resent):
    Purchase.objects.filter(pk=resent.pk).update(state="submitting", resend_at=None)
    assert "is being sent again at this moment" in text(bobs.get(f"{DESK}{resent.pk}/change/", follow=True))
