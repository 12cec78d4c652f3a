"""An operator looks after a reseller's endpoint in a real browser: why it fails, sending again, a new secret."""

import os
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.operations import create_operator
from tests.browser.conftest import Picture
from tests.browser.operating import PASSWORD, log_in
from tests.conftest import Person
from tests.webhooks.conftest import Listen, listen, locally
from tests.webhooks.ended import attempt, deliveries, delivery
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["listen", "locally"]
HOUR = timedelta(hours=1)
BODY = (
    '{"type":"order.completed","timestamp":"2026-01-02T03:04:05.678Z","data":{"order":"ord_01HG9X7K4M8Q2R5T7V9W1X3Y5Z",'
    '"service":1,"request_id":"","status":"completed","charge":"0.90","start_count":"1234","remains":"0","currency":"USD"}}'
)


@pytest.fixture
def operator(tiers: None) -> User:
    return create_operator(email="bob@panel.example", password=PASSWORD)


@pytest.fixture
def endpoint(alice: Person, listen: Listen) -> Endpoint:
    """An endpoint that has answered 503 for an hour."""
    made = listen(alice, "http://127.0.0.1:9999/hooks/notpanel", "order.completed", "order.partial", "balance.low")
    delivery(made, "delivered", ago=2 * HOUR, tries=1, said="204 No Content")
    deliveries(made, 2, "failed", ago=HOUR, said="503 Service Unavailable")
    failed = delivery(made, "failed", ago=HOUR, said="it did not answer within 15 s", body=BODY)
    attempt(
        failed, ago=HOUR, status=503, excerpt="<html><body><h1>Service Unavailable</h1>\n" + "down " * 60 + "</html>"
    )
    attempt(failed, status=None, ms=15_000, excerpt="", error="it did not answer within 15 s")
    Endpoint.objects.filter(pk=made.pk).update(failing_since=failed.made_at, failures=12)
    return made


# The other tests look at both schemes; this one does where somebody is to look at its pictures.
@pytest.mark.parametrize("scheme", ["light", "dark"] if os.environ.get("SCREENSHOTS") else ["light"])
def test_sees_why_it_fails_sends_again_and_rotates_the_secret(
    page: Page, operator: User, endpoint: Endpoint, picture: Picture
) -> None:
    log_in(page)
    page.locator("#nav-sidebar").get_by_text("Endpoints", exact=True).click()
    expect(page.get_by_role("cell", name="failing")).to_be_visible()
    picture("endpoints")

    page.locator("#changelist").get_by_role("link", name=endpoint.url).click()
    expect(page.get_by_text("it did not answer within 15 s")).to_be_visible()
    picture("endpoint")

    page.get_by_role("row", name="it did not answer within 15 s").get_by_role("link").click()
    expect(page.get_by_text('"status": "completed"')).to_be_visible()
    page.locator("summary").click()
    expect(page.get_by_text("down down").last).to_be_visible()
    picture("delivery")

    page.get_by_role("link", name="Send again…").click()
    picture("send-again")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("It is sent again, now.")).to_be_visible()

    page.goto(f"/admin/webhooks/endpoint/{endpoint.pk}/change/")
    page.get_by_role("link", name="Send failed ones again…").click()
    picture("send-failed-again")
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_text("2 deliveries are sent now")).to_be_visible()
    picture("send-failed-again-counted")
    page.get_by_role("button", name="Send them again").click()
    expect(page.get_by_text("2 deliveries are sent again.")).to_be_visible()
    assert Delivery.objects.filter(state="due").count() == 3

    page.get_by_role("link", name="Rotate secret…").click()
    picture("rotate-secret")
    page.get_by_role("button", name="Rotate").click()
    expect(page.locator("#shown-once")).to_have_text(re.compile("^whsec_"))
    picture("rotated-secret")
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("webhook.secret_rotated")).to_be_visible()

    page.locator("#nav-sidebar").get_by_text("Deliveries", exact=True).click()
    expect(page.get_by_role("cell", name="delivered")).to_be_visible()
    picture("deliveries")
