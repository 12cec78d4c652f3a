"""The operator's screens of endpoints and deliveries: what they show and find, and every button."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts.models import ApiKey
from accounts.operations import revoke_key
from events.models import Event
from events.queries import history
from kit import clock, encryption, ids
from tests.admin.conftest import text
from tests.webhooks.conftest import listen, locally
from tests.webhooks.ended import attempt, deliveries, delivery
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints, resending
from webhooks.operations.disabling import disable
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db
__all__ = ["listen", "locally"]
URL = "http://127.0.0.1:9999/hooks"
BOB = "bob@panel.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUTTONS = {"Send a test…", "Rotate secret…", "Send failed ones again…", "Disable…", "Enable…", "Remove…"}


@pytest.fixture
def endpoint(alice, listen):
    return listen(alice, URL)


def page(row, button="change"):
    return f"/admin/webhooks/{row._meta.model_name}/{row.pk}/{button}/"


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Endpoint, Delivery, Event)]


def rows(answer):
    return list(answer.context["cl"].result_list)


def offered(bobs, row):
    shown = text(bobs.get(page(row)))
    return {each for each in BUTTONS if each in shown}


def disabled(endpoint, because=Disabled.FAILING):
    disable(endpoint_id=endpoint.pk, because=because)
    endpoint.refresh_from_db()


def test_an_endpoint_s_page_says_what_it_is_and_how_it_does(bobs, endpoint, alice):
    told = delivery(endpoint, said="500 Internal Server Error")
    shown = text(bobs.get(page(endpoint)))
    for part in (endpoint.shown_id, URL, "alice@example.com", "active", "all", "balance.low", "webhook.added"):
        assert part in shown
    assert "500 Internal Server Error" in shown
    assert page(told) in bobs.get(page(endpoint)).content.decode()


def test_no_page_shows_a_secret(bobs, endpoint):
    endpoints.rotate_secret(endpoint_id=endpoint.pk)
    endpoint.refresh_from_db()
    shown = bobs.get(page(endpoint)).content.decode()
    for token in (endpoint.secret_encrypted, endpoint.old_secret_encrypted):
        assert token not in shown
        assert encryption.decrypt(token) not in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "active"),
        ({"failing_since": clock.now()}, "failing"),
        ({"failing_since": clock.now(), "resting_until": clock.now() + HOUR}, "resting until"),
        ({"disabled_at": clock.now(), "disabled_because": "gone"}, "it answered 410 Gone"),
        ({"removed_at": clock.now()}, "removed"),
    ],
)
def test_the_list_says_how_each_does_and_finds_it_by_that(bobs, bob, listen, endpoint, fields, said):
    other = listen(bob)
    Endpoint.objects.filter(pk=endpoint.pk).update(**fields)
    assert said in text(bobs.get("/admin/webhooks/endpoint/"))
    found = rows(bobs.get(f"/admin/webhooks/endpoint/?state={said.partition(' ')[0].replace('it', 'disabled')}"))
    assert found == ([other, endpoint] if said == "active" else [endpoint])


def test_the_list_says_when_a_key_has_ended(bobs, bob, listen, endpoint):
    other = listen(bob)
    revoke_key(key_id=endpoint.api_key_id)
    ApiKey.objects.filter(pk=other.api_key_id).update(expires_at=clock.now() - HOUR)
    shown = text(bobs.get("/admin/webhooks/endpoint/"))
    assert "its API key is revoked" in shown
    assert "its API key has expired" in shown


def test_an_endpoint_is_found_by_its_id_its_owner_and_a_part_of_its_url(bobs, bob, listen, endpoint):
    listen(bob, "http://127.0.0.1:9999/other")
    for term in (endpoint.shown_id, "alice@example.com", "/hooks"):
        assert rows(bobs.get("/admin/webhooks/endpoint/", {"q": term})) == [endpoint]
    assert rows(bobs.get("/admin/webhooks/endpoint/", {"q": "whk_nothing"})) == []


def test_a_user_and_a_key_lead_to_their_endpoints(bobs, endpoint, alice, bob, listen):
    listen(bob)
    assert f"/admin/webhooks/endpoint/?account={alice.id}" in bobs.get(f"/admin/accounts/user/{alice.id}/change/").text
    key = endpoint.api_key_id
    assert f"/admin/webhooks/endpoint/?api_key={key}" in bobs.get(f"/admin/accounts/apikey/{key}/change/").text
    for query in (f"account={alice.id}", f"api_key={key}"):
        assert rows(bobs.get(f"/admin/webhooks/endpoint/?{query}")) == [endpoint]


def test_a_secret_is_rotated_and_shown_once(bobs, endpoint):
    before = endpoint.secret_encrypted
    answer = bobs.post(page(endpoint, "rotate"), {"reason": "leaked"})
    secret = answer.context["value"]
    assert secret.startswith("whsec_")
    assert text(answer).count(secret) == 1
    assert "no-store" in answer["Cache-Control"]
    endpoint.refresh_from_db()
    assert encryption.decrypt(endpoint.secret_encrypted) == secret
    assert endpoint.old_secret_encrypted == before
    assert secret not in bobs.get(page(endpoint)).text
    told = Event.objects.get(kind="webhook.secret_rotated")
    assert (told.actor, told.reason) == (BOB, "leaked")
    assert secret not in str(told.data)


def test_a_button_that_is_pressed_twice_rotates_once(bobs, endpoint):
    before = endpoint.secret_encrypted
    asking = bobs.get(page(endpoint, "rotate"))["Location"]
    first, second = (bobs.post(asking, {"reason": ""}).context["value"] for _ in range(2))
    assert first == second
    endpoint.refresh_from_db()
    assert endpoint.old_secret_encrypted == before  # what the receiver has still signs
    another = bobs.get(page(endpoint, "rotate"))["Location"]
    assert bobs.post(another, {"reason": ""}).context["value"] != first


def test_an_endpoint_is_disabled_for_a_reason_and_enabled(bobs, endpoint):
    due = delivery(endpoint, "due")
    assert "This field is required" in text(bobs.post(page(endpoint, "disable"), {"reason": ""}))
    assert f"{endpoint} is disabled." in text(bobs.post(page(endpoint, "disable"), {"reason": "abuse"}, follow=True))
    due.refresh_from_db()
    endpoint.refresh_from_db()
    assert (due.state, endpoint.disabled_because) == ("failed", "operator")
    assert offered(bobs, endpoint) == {"Send a test…", "Rotate secret…", "Enable…", "Remove…"}
    assert f"{endpoint} is enabled." in text(bobs.post(page(endpoint, "enable"), {"reason": ""}, follow=True))
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    told = Event.objects.filter(kind__in=["webhook.disabled", "webhook.enabled"]).order_by("id")
    assert [(each.kind, each.actor, each.reason) for each in told] == [
        ("webhook.disabled", BOB, "abuse"),
        ("webhook.enabled", BOB, ""),
    ]


def test_what_is_so_already_is_said_and_changes_nothing(bobs, endpoint):
    before = everything()
    answer = bobs.post(page(endpoint, "enable"), {"reason": ""})
    assert "It is enabled already, or was removed." in text(answer)
    assert everything() == before
    disabled(endpoint, Disabled.OPERATOR)
    before = everything()
    assert "It is disabled already, or was removed." in text(bobs.post(page(endpoint, "disable"), {"reason": "x"}))
    assert everything() == before


def test_what_its_owner_could_enable_is_disabled_by_the_operators_word(bobs, endpoint):
    disabled(endpoint)
    assert {"Enable…", "Disable…"} <= offered(bobs, endpoint)
    assert f"{endpoint} is disabled." in text(bobs.post(page(endpoint, "disable"), {"reason": "abuse"}, follow=True))
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == Disabled.OPERATOR
    assert "Disable…" not in offered(bobs, endpoint)


def test_an_endpoint_is_removed_for_a_reason_and_then_offers_nothing(bobs, endpoint):
    due = delivery(endpoint, "due")
    assert f"{endpoint} is removed." in text(bobs.post(page(endpoint, "remove"), {"reason": "asked"}, follow=True))
    due.refresh_from_db()
    assert due.state == "dropped"
    told = Event.objects.get(kind="webhook.removed")
    assert (told.actor, told.reason) == (BOB, "asked")
    assert offered(bobs, endpoint) == set()


@pytest.mark.parametrize("button", ["test", "rotate", "remove", "disable", "enable"])
def test_nothing_is_done_about_an_endpoint_that_was_removed_meanwhile(bobs, endpoint, button):
    endpoints.remove(endpoint_id=endpoint.pk)
    before = everything()
    answer = bobs.post(page(endpoint, button), {"reason": "x"})
    assert answer.status_code == 200
    assert "removed" in text(answer)
    assert everything() == before


def test_a_test_is_put_into_the_outbox(bobs, endpoint):
    answer = bobs.post(page(endpoint, "test"), follow=True)
    assert "A test is on its way: it is the first of the latest deliveries." in text(answer)
    told = Delivery.objects.get()
    assert (told.endpoint, told.event.kind, told.event.actor) == (endpoint, "webhook.test", BOB)


def test_what_failed_is_counted_before_it_is_sent_again(bobs, endpoint):
    deliveries(endpoint, 3, ago=HOUR)
    old = delivery(endpoint, ago=2 * DAY)
    since = (clock.now() - DAY).strftime("%Y-%m-%d %H:%M")
    before = everything()

    asked = bobs.post(page(endpoint, "resend"), {"since": since}, follow=True)

    assert "3 deliveries are sent now: what failed of all that was made since" in text(asked)
    assert everything() == before
    again = asked.redirect_chain[-1][0]
    assert "3 deliveries are sent again." in text(bobs.post(again, {"reason": "was down"}, follow=True))
    assert Delivery.objects.filter(state="due").count() == 3
    old.refresh_from_db()
    assert old.state == "failed"
    told = Event.objects.get(kind="webhook.resent")
    assert (told.actor, told.reason, told.data["count"]) == (BOB, "was down", 3)
    assert "0 deliveries are sent again." in text(bobs.post(again, {"reason": ""}, follow=True))


def test_where_nothing_failed_that_is_said_and_another_moment_asked_for(bobs, endpoint):
    answer = bobs.post(page(endpoint, "resend"), {"since": "2026-01-01 00:00"}, follow=True)
    assert "Nothing failed of what was made since 2026-01-01 00:00:00." in text(answer)
    assert answer.request["PATH_INFO"] == page(endpoint, "resend")


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-45T00:00:00+00:00", "2026-01-01 00:00"])
def test_a_moment_that_is_none_is_asked_for(bobs, endpoint, since):
    deliveries(endpoint, 3, ago=HOUR)
    before = everything()
    assert "You see how many they are before any is sent." in text(bobs.get(page(endpoint, "resend"), {"since": since}))
    answer = bobs.post(page(endpoint, "resend"), {"since": "yesterday"})
    assert "Enter a valid date/time." in text(answer)
    assert everything() == before


@pytest.mark.parametrize(
    "since", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00+16:00"]
)
def test_a_moment_that_postgresql_cannot_hold_is_no_error(bobs, endpoint, since):
    assert bobs.get(page(endpoint, "resend"), {"since": since}, follow=True).status_code == 200


def test_nothing_is_sent_again_while_the_endpoint_is_disabled(bobs, endpoint):
    failed = delivery(endpoint, ago=HOUR)
    disabled(endpoint)
    assert "Send failed ones again…" not in offered(bobs, endpoint)
    before = everything()
    all_of_them = f"{page(endpoint, 'resend')}?since=2026-01-01T00:00:00%2B00:00"
    for address in (page(failed, "again"), all_of_them):
        answer = bobs.post(address, {"reason": "x"})
        assert "The endpoint is disabled (it took nothing for days): enable it first." in text(answer)
    assert everything() == before


def test_a_delivery_s_page_shows_what_is_sent_and_every_attempt(bobs, endpoint):
    told = delivery(endpoint, said="500", body='{"type":"balance.low","data":{"balance":"9.99"}}')
    attempt(told, status=503, error="", excerpt="<script>alert(1)</script>")
    attempt(told, status=None, error="it did not answer within 15 s", excerpt="")
    shown = bobs.get(page(told)).text
    assert "&quot;balance&quot;: &quot;9.99&quot;" in shown
    assert "it did not answer within 15 s" in shown
    assert "503" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert(1)</script>" not in shown


def test_a_delivery_is_sent_again_by_its_button(bobs, endpoint):
    told = delivery(endpoint, "delivered")
    assert "Send again…" in text(bobs.get(page(told)))
    assert "It is sent again, now." in text(bobs.post(page(told, "again"), {"reason": "lost there"}, follow=True))
    told.refresh_from_db()
    assert (told.state, told.tries) == ("due", 0)
    event = Event.objects.get(kind="webhook.resent")
    assert (event.actor, event.reason) == (BOB, "lost there")


def test_a_delivery_that_was_dropped_offers_nothing_and_is_not_sent(bobs, endpoint):
    told = delivery(endpoint, "dropped")
    assert "Send again…" not in text(bobs.get(page(told)))
    before = everything()
    answer = bobs.post(page(told, "again"), {"reason": ""})
    assert "It was dropped when its endpoint was removed or its API key revoked." in text(answer)
    assert everything() == before


def test_deliveries_are_found_by_what_they_tell_and_where_they_go(bobs, bob, listen, endpoint, alice, ordered):
    order = ordered()
    wanted, other = delivery(endpoint), delivery(listen(bob))
    about = history("order", order.pk)[0]
    of_order = Delivery.objects.create(
        event=about, endpoint=other.endpoint, body="{}", due_at=clock.now(), made_at=clock.now()
    )
    event = wanted.event
    assert event.public_id is not None
    for term, found in (
        (ids.shown("evt", event.public_id), [wanted]),
        (endpoint.shown_id, [wanted]),
        ("alice@example.com", [wanted]),
        (order.shown_id, [of_order]),
        (str(order.pk), [of_order]),
        ("nobody@example.com", []),
        ("evt_nothing", []),
    ):
        assert rows(bobs.get("/admin/webhooks/delivery/", {"q": term})) == found, term
    assert rows(bobs.get(f"/admin/webhooks/delivery/?endpoint={endpoint.pk}&state=failed")) == [wanted]
    assert rows(bobs.get("/admin/webhooks/delivery/?state=delivered")) == []


def test_sending_many_again_does_all_of_them_though_they_are_more_than_one_batch(bobs, endpoint, monkeypatch):
    monkeypatch.setattr(resending, "AT_ONCE", 2)
    deliveries(endpoint, 5, ago=HOUR)
    answer = bobs.post(f"{page(endpoint, 'resend')}?since=2026-01-01T00:00:00%2B00:00", {"reason": ""}, follow=True)
    assert "5 deliveries are sent again." in text(answer)


@pytest.mark.parametrize("button", ["test", "rotate", "remove", "disable", "enable", "resend"])
def test_a_reseller_presses_no_button(client, alice, endpoint, button):
    client.force_login(alice.user)
    before = everything()
    answer = client.post(page(endpoint, button), {"reason": "x"})
    assert answer["Location"].startswith("/admin/login/")
    assert everything() == before


@pytest.mark.parametrize("button", ["test", "rotate", "remove", "disable", "enable", "resend"])
def test_staff_that_may_only_look_presses_no_button(client, operator, endpoint, button):
    operator.is_superuser = False
    operator.save()
    operator.user_permissions.add(Permission.objects.get(codename="view_endpoint"))
    client.force_login(operator)
    before = everything()
    assert client.get(page(endpoint)).status_code == 200
    assert client.post(page(endpoint, button), {"reason": "x"}).status_code == 403
    assert everything() == before
