"""The banner on every page of the admin, and the screen of alerts."""

import pytest

from alerts.models import Alert
from alerts.operations import clear_alert, raise_alert
from alerts.queries import IN_THE_BANNER
from tests.admin.conftest import bobs, operator, statements, text

pytestmark = pytest.mark.django_db
__all__ = ["bobs", "operator"]
PAGES = ["/admin/", "/admin/orders/order/", "/admin/accounts/user/", "/admin/orders/reconciliation/topup/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_lasts_once_and_links_to_it(bobs, page):
    raise_alert(kind="orders.stuck", text="4 orders are stuck.", path="/admin/orders/order/?stuck=yes")
    raise_alert(kind="provider.failing", subject_id=1, text="Demo is down.")
    clear_alert(kind="provider.failing", subject_id=1)

    shown = bobs.get(page).content.decode()

    assert shown.count("4 orders are stuck.") == 1
    assert f"/admin/alerts/alert/{Alert.objects.get(kind='orders.stuck').pk}/change/" in shown
    assert 'href="/admin/orders/order/?stuck=yes"' in shown
    assert "Demo is down." not in shown


def test_a_page_without_alerts_has_no_banner(bobs):
    assert 'id="alerts"' not in bobs.get("/admin/").content.decode()


def test_the_banner_costs_one_statement_however_many_there_are(bobs):
    def reading() -> list[str]:
        return [each for each in statements(lambda: bobs.get("/admin/accounts/tier/"))[1] if "alerts_alert" in each]

    assert len(reading()) == 1
    for number in range(30):
        raise_alert(kind="provider.failing", subject_id=number, text=f"Provider {number} is down.")
    assert len(reading()) == 1
    shown = text(bobs.get("/admin/accounts/tier/"))
    assert f"Provider {IN_THE_BANNER - 1} is down." in shown
    assert f"Provider {IN_THE_BANNER} is down." not in shown
    assert "All of them" in shown


def test_what_an_alert_says_is_text_and_never_markup(bobs):
    raise_alert(kind="x", text="<script>alert(1)</script>", path="javascript:alert(1)")
    shown = bobs.get("/admin/").content.decode()
    assert "<script>alert(1)</script>" not in shown
    assert "javascript:alert(1)" not in shown


def test_whoever_is_not_logged_in_is_told_nothing(client, db):
    raise_alert(kind="orders.stuck", text="4 orders are stuck.")
    answer = client.get("/admin/login/")
    assert answer.status_code == 200
    assert "4 orders are stuck." not in answer.content.decode()


def test_an_alert_is_hidden_and_cleared_by_buttons(bobs):
    raise_alert(kind="orders.contradicted", subject_id=1, text="Look at it.")
    page = f"/admin/alerts/alert/{Alert.objects.get().pk}"
    assert "Hide from the banner…" in text(bobs.get(f"{page}/change/"))

    answer = bobs.post(f"{page}/hide/", {"reason": "seen"}, follow=True)
    assert "The banner leaves it out now." in text(answer)
    assert 'id="alerts"' not in bobs.get("/admin/").content.decode()

    answer = bobs.post(f"{page}/clear/", {"reason": "dealt with"}, follow=True)
    assert "It is cleared." in text(answer)
    assert Alert.objects.get().cleared_at is not None
    assert "Clear…" not in text(answer)

    assert "This alert has been cleared meanwhile." in text(bobs.post(f"{page}/clear/", {"reason": "again"}))


def test_a_reseller_clears_nothing(client, alice):
    raise_alert(kind="orders.contradicted", subject_id=1, text="Look at it.")
    client.force_login(alice.user)
    answer = client.post(f"/admin/alerts/alert/{Alert.objects.get().pk}/clear/", {"reason": "x"})
    assert answer["Location"].startswith("/admin/login/")
    assert Alert.objects.get().cleared_at is None


def test_the_list_shows_what_lasts_and_what_is_over(bobs):
    raise_alert(kind="orders.stuck", text="4 orders are stuck.")
    raise_alert(kind="provider.failing", subject_id=1, text="Demo is down.")
    clear_alert(kind="provider.failing", subject_id=1)
    assert "Demo is down." in text(bobs.get("/admin/alerts/alert/"))
    assert "Demo is down." not in text(bobs.get("/admin/alerts/alert/?state=lasting"))
    over = bobs.get("/admin/alerts/alert/?state=over")
    assert [each.text for each in over.context["cl"].result_list] == ["Demo is down."]
