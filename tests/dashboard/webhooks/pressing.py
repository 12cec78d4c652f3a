"""What the buttons of a webhook do, and what they refuse."""

from datetime import timedelta
from html import unescape

import pytest

from events.models import Event
from kit import clock, encryption
from tests.dashboard.webhooks.pages import LIST, everything, page, said
from tests.webhooks.ended import deliveries, delivery
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def press(browser, endpoint, *rest, **form):
    """Press a button, and return the page that it leads to."""
    answer = browser.post(page(endpoint, *rest), form)
    assert answer.status_code == 303
    return browser.get(answer["Location"])


def row(endpoint):
    return Endpoint.objects.get(pk=endpoint.pk)


def actor(kind):
    return Event.objects.get(kind=kind).actor


def test_a_test_is_sent(alices, endpoint):
    answer = press(alices, endpoint, "test")
    assert said(answer) == ["A test is on its way: it is the first of the deliveries below."]
    assert Delivery.objects.get().event.kind == "webhook.test"
    assert actor("webhook.test") == "alice@example.com"


def test_a_secret_is_rotated_and_shown_once(alices, endpoint):
    asking = alices.get(page(endpoint, "rotate"))
    answer = alices.post(page(endpoint, "rotate"), {"press": asking.context["press"]})
    secret = encryption.decrypt(row(endpoint).secret_encrypted)
    assert answer.text.count(secret) == 1
    assert "no-store" in answer["Cache-Control"]
    assert row(endpoint).old_secret_encrypted == endpoint.secret_encrypted
    assert secret not in alices.get(page(endpoint)).text
    assert actor("webhook.secret_rotated") == "alice@example.com"


def test_a_rotation_pressed_twice_is_one_and_much_later_is_none(alices, endpoint, time):
    form = {"press": alices.get(page(endpoint, "rotate")).context["press"]}
    first, second = (alices.post(page(endpoint, "rotate"), form).context["secret"] for _ in range(2))
    assert first == second
    before = everything()
    time.move(minutes=2)
    answer = press(alices, endpoint, "rotate", **form)
    assert said(answer) == ["This press has rotated the secret already, and it was shown then."]
    assert first not in answer.text
    assert everything() == before


@pytest.mark.parametrize("form", [{}, {"press": "x"}, {"press": "01234567-89ab-cdef-0123-456789abcdef"}])
def test_a_rotation_that_no_page_of_ours_asked_for_is_asked_about_again(alices, endpoint, form):
    before = everything()
    answer = alices.post(page(endpoint, "rotate"), form)
    assert answer.status_code == 200
    assert "whsec_" not in answer.text
    assert everything() == before


def test_it_is_disabled_and_enabled_by_its_owner(alices, endpoint):
    told = delivery(endpoint, "due")
    assert "Disable the webhook" in alices.get(page(endpoint, "disable")).text
    assert said(press(alices, endpoint, "disable")) == ["The webhook is disabled."]
    assert row(endpoint).disabled_because == "owner"
    assert Delivery.objects.get(pk=told.pk).state == "failed"
    assert said(press(alices, endpoint, "disable")) == ["It is disabled already, or was removed."]
    answer = press(alices, endpoint, "enable")
    assert said(answer) == ["The webhook is enabled, with the same secret. What failed meanwhile can be sent again."]
    assert (row(endpoint).disabled_at, row(endpoint).secret_encrypted) == (None, endpoint.secret_encrypted)
    assert said(press(alices, endpoint, "enable")) == ["It is enabled already, or was removed."]
    assert actor("webhook.disabled") == actor("webhook.enabled") == "alice@example.com"


@pytest.mark.parametrize("because", ["gone", "failing"])
def test_what_disabled_itself_is_enabled_by_its_owner(alices, endpoint, because):
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because=because)
    press(alices, endpoint, "enable")
    assert row(endpoint).disabled_at is None


def test_what_the_operator_disabled_is_not_enabled(alices, endpoint):
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="operator")
    before = everything()
    answer = press(alices, endpoint, "enable")
    assert said(answer) == ["The operator disabled it, and only the operator can enable it again: ask them."]
    assert everything() == before


def test_it_is_removed_after_one_has_said_so_twice(alices, endpoint):
    before = everything()
    assert "This cannot be undone." in alices.get(page(endpoint, "remove")).text
    assert everything() == before
    answer = press(alices, endpoint, "remove")
    assert answer.request["PATH_INFO"] == LIST
    assert said(answer) == [f"The webhook {endpoint.url} is removed."]
    assert row(endpoint).removed_at is not None
    assert actor("webhook.removed") == "alice@example.com"


@pytest.mark.parametrize("button", ["test", "rotate", "remove"])
def test_nothing_can_be_done_about_one_that_was_removed(alices, endpoint, button):
    form = {"press": alices.get(page(endpoint, "rotate")).context["press"]}
    endpoints.remove(endpoint_id=endpoint.pk)
    before = everything()
    answer = press(alices, endpoint, button, **form)
    assert said(answer) == ["The webhook was removed: nothing can be done about it any more."]
    assert everything() == before


@pytest.mark.parametrize("state", ["failed", "delivered"])
def test_a_delivery_is_sent_again(alices, endpoint, state):
    told = delivery(endpoint, state)
    answer = press(alices, endpoint, told.shown_event, "resend")
    assert answer.request["PATH_INFO"] == page(endpoint, told.shown_event)
    assert said(answer) == ["It is sent again, now."]
    assert Delivery.objects.get(pk=told.pk).state == "due"
    assert actor("webhook.resent") == "alice@example.com"


def test_one_that_waits_for_a_resting_endpoint_is_said_to_wait(alices, endpoint):
    Endpoint.objects.update(resting_until=clock.now() + DAY)
    told = delivery(endpoint)
    answer = press(alices, endpoint, told.shown_event, "resend")
    assert said(answer) == ["It is sent again when the webhook's rest is over."]


REFUSED = [
    ("removed", "The webhook was removed: nothing is sent there any more."),
    ("ended", "The webhook's API key is revoked or has expired: nothing is sent there any more."),
    ("disabled", "The webhook is disabled: enable it first."),
    ("dropped", "It was dropped when the webhook was removed or its API key revoked."),
    ("held", "It is being sent at this moment: look again in a minute."),
]


def hindered(endpoint, told, by):
    """Bring it about that nothing can be sent."""
    now = clock.now()
    match by:
        case "removed":
            Endpoint.objects.filter(pk=endpoint.pk).update(removed_at=now)
        case "ended":
            endpoint.api_key.__class__.objects.filter(pk=endpoint.api_key_id).update(revoked_at=now)
        case "disabled":
            Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=now, disabled_because="owner")
        case "dropped":
            Delivery.objects.filter(pk=told.pk).update(state="dropped")
        case "held":
            Delivery.objects.filter(pk=told.pk).update(state="due", ended_at=None, claimed_until=now + DAY)


@pytest.mark.parametrize(("by", "sentence"), REFUSED)
def test_what_cannot_be_sent_is_said_and_nothing_is_changed(alices, endpoint, by, sentence):
    told = delivery(endpoint)
    hindered(endpoint, told, by)
    before = everything()
    assert said(press(alices, endpoint, told.shown_event, "resend")) == [sentence]
    assert everything() == before


@pytest.mark.parametrize(("by", "sentence"), REFUSED[:3])
def test_nor_is_all_that_failed(alices, endpoint, by, sentence):
    hindered(endpoint, delivery(endpoint), by)
    before = everything()
    assert said(press(alices, endpoint, "resend", since="2026-01-01T00:00")) == [sentence]
    assert everything() == before


def test_all_that_failed_since_a_moment_is_counted_and_sent_again(alices, endpoint, time):
    old = delivery(endpoint, ago=3 * DAY)
    failed = deliveries(endpoint, 2, ago=timedelta(hours=1))
    since = f"{clock.now() - DAY:%Y-%m-%dT%H:%M}"
    assert alices.get(page(endpoint, "resend")).context["count"] is None
    asked = alices.get(page(endpoint, "resend"), {"since": since})
    assert "<b>2 deliveries</b> failed of all that were made since" in asked.text
    assert f'name="since" value="{since}"' in asked.text
    answer = press(alices, endpoint, "resend", since=since)
    assert said(answer) == ["2 deliveries are sent again."]
    states = Delivery.objects.in_bulk()
    assert {states[each.pk].state for each in failed} == {"due"}
    assert states[old.pk].state == "failed"


def test_where_nothing_failed_nothing_is_offered(alices, endpoint):
    answer = alices.get(page(endpoint, "resend"), {"since": "2026-01-01T00:00"})
    assert "Nothing failed of what was made since" in answer.text
    assert 'method="post" action' not in answer.text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01T00:00", "\x00"])
def test_a_moment_that_is_none_is_asked_for_again(alices, endpoint, since):
    delivery(endpoint)
    before = everything()
    answer = alices.post(page(endpoint, "resend"), {"since": since})
    assert answer.status_code == 200
    assert answer.context["form"].errors["since"]
    assert everything() == before


def test_buttons_are_pressed_not_visited(alices, endpoint):
    told = delivery(endpoint)
    before = everything()
    for address in (page(endpoint, "test"), page(endpoint, "enable"), page(endpoint, told.shown_event, "resend")):
        assert alices.get(address).status_code == 405
    assert everything() == before


def test_what_is_said_is_not_markup(alices, alice, listen):
    endpoint = listen(alice, "http://127.0.0.1:9999/<b>")
    assert "<b>" not in press(alices, endpoint, "remove").text.partition('class="notices"')[2].partition("</ul>")[0]
    assert unescape(endpoint.url).endswith("%3Cb%3E")
