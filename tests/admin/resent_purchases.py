"""What the operator sees of a purchase that is sent again by itself: apart from what waits for him."""

from datetime import timedelta
from html import unescape

import pytest

from kit import clock
from orders.models import Purchase
from providers.models import Provider
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


def test_what_was_sent_again_one_time_was_so_once(bobs, resent):
    Purchase.objects.filter(pk=resent.pk).update(resends=1)
    shown = text(bobs.get(f"/admin/orders/purchase/{resent.pk}/change/"))
    assert f"once, last at {resent.resent_at:%Y-%m-%d %H:%M:%S}; by itself at" in shown


@pytest.mark.parametrize("dialect", ["standard", "classic"])
def test_the_desk_says_that_a_changed_provider_made_it_his(dialect, bobs, resent):
    Purchase.objects.filter(pk=resent.pk).update(resend_at=None)
    Provider.objects.filter(pk=resent.provider_id).update(dialect=dialect, version=2)
    shown = text(bobs.get(DESK))
    why = "its provider's address, key or dialect was changed since it was sent"
    assert f"2 times, last at {resent.resent_at:%Y-%m-%d %H:%M:%S}; now yours to decide: {why}" in unescape(shown)


def test_the_desk_says_that_nothing_was_learnt_for_a_day(bobs, resent):
    Purchase.objects.filter(pk=resent.pk).update(
        resend_at=None, claimed_at=clock.now() - timedelta(hours=23, minutes=49)
    )
    assert "now yours to decide" in text(bobs.get(DESK))
    assert "nothing was learnt" not in text(bobs.get(DESK))
    Purchase.objects.filter(pk=resent.pk).update(claimed_at=clock.now() - timedelta(hours=23, minutes=50))
    assert "now yours to decide: nothing was learnt for 24 hours" in text(bobs.get(DESK))


def test_what_no_provider_knew_by_an_id_is_his_without_a_why(bobs, ordered):
    yours = ordered(state="unknown").purchases.get()
    Purchase.objects.filter(pk=yours.pk).update(claimed_at=clock.now() - timedelta(days=2), provider_version=1)
    Provider.objects.filter(pk=yours.provider_id).update(version=2)
    shown = text(bobs.get(DESK))
    assert "yours to decide" in shown
    assert "yours to decide:" not in shown


def test_he_may_decide_all_the_same(bobs, resent):
    answer = bobs.post(f"{DESK}{resent.pk}/not-placed/", {"reason": "asked them"}, follow=True)
    assert "It is refunded." in text(answer)
    resent.refresh_from_db()
    assert (resent.state, resent.resend_at) == ("refused", None)


def test_while_it_is_on_the_wire_the_desk_says_so(bobs, resent):
    Purchase.objects.filter(pk=resent.pk).update(state="submitting", resend_at=None)
    assert "is being sent again at this moment" in text(bobs.get(f"{DESK}{resent.pk}/change/", follow=True))
