"""`webhook.add`: what is answered, what is kept, and what is refused, in which order."""

import re
import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

import accounts.operations
from accounts.models import ApiKey
from events.queries import history
from kit import clock, encryption, ids
from tests.api_v2.conftest import HOOK, everything
from tests.racing import PATIENCE, at_once
from webhooks import signing, urls
from webhooks.kinds import KINDS
from webhooks.models import Endpoint
from webhooks.operations import endpoints
from webhooks.operations.endpoints import EndpointLimitReached

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
LIMIT = {"error": "Webhook limit reached: at most 5 per API key"}


def refused(answer, words, status=400):
    assert (answer.status, answer.json) == (status, {"error": words})


def test_a_webhook_is_answered_with_its_secret_this_once(post, alice, hook):
    answer = hook(alice, events="order.completed,order.partial")
    assert answer.status == 200
    assert list(answer.json) == ["webhook", "url", "events", "secret"]
    made = Endpoint.objects.get()
    assert answer.json == {
        "webhook": ids.shown("whk", made.public_id),
        "url": HOOK,
        "events": ["order.completed", "order.partial"],
        "secret": encryption.decrypt(made.secret_encrypted),
    }
    assert re.fullmatch(r"whk_[0-9A-HJKMNP-TV-Z]{26}", answer.json["webhook"])
    assert answer.json["secret"].startswith("whsec_")
    assert len(signing.signing_key(answer.json["secret"])) == 32
    key = ApiKey.objects.get(account_id=alice.id)
    assert (made.api_key_id, made.account_id, made.slot, made.disabled_at) == (key.pk, alice.id, 1, None)


def test_the_secret_is_nowhere_in_clear(post, alice, hook):
    secret = hook(alice).json["secret"]
    event = history("webhook", Endpoint.objects.get().pk).get()
    kept = str(everything()) + str(vars(event)) + post(key=alice.key, action="webhook.list").body.decode()
    assert secret not in kept
    assert secret.removeprefix("whsec_") not in kept


def test_it_is_written_down_who_added_it(alice, hook):
    answer = hook(alice)
    event = history("webhook", Endpoint.objects.get().pk).get()
    assert (event.kind, event.account_id, event.actor) == ("webhook.added", alice.id, f"api:{alice.key[:12]}")
    assert event.data == {"webhook": answer.json["webhook"], "url": HOOK}


def test_without_events_it_hears_all_of_them_also_those_to_come(alice, hook):
    for changes in ({}, {"events": ""}, {"events": "  "}):
        assert hook(alice, **changes).json["events"] == list(KINDS)
    assert list(Endpoint.objects.values_list("events", flat=True)) == [[], [], []]


def test_all_names_of_today_are_not_those_to_come(alice, hook):
    assert hook(alice, events=",".join(KINDS)).json["events"] == list(KINDS)
    assert Endpoint.objects.get().events == list(KINDS)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("order.completed", ["order.completed"]),
        (" balance.low , order.completed ", ["balance.low", "order.completed"]),
        (",,balance.low,,", ["balance.low"]),
        ("balance.low,balance.low, balance.low", ["balance.low"]),
        ("order.failed\r\n,balance.low", ["order.failed", "balance.low"]),
        ("webhook.test", ["webhook.test"]),
    ],
)
def test_names_are_trimmed_empty_ones_skipped_and_repeated_ones_kept_once(alice, hook, sent, kept):
    assert hook(alice, events=sent).json["events"] == kept
    assert Endpoint.objects.get().events == kept


WRONG = {
    "no url": ({"url": ""}, "Missing required parameter: url"),
    "a url of spaces": ({"url": "  "}, "Missing required parameter: url"),
    "a url with a NUL": ({"url": HOOK + "\0"}, "Invalid parameter: url"),
    "a url of another scheme": ({"url": "ftp://example.com/"}, "Invalid parameter: url"),
    "no url at all": ({"url": "example.com"}, "Invalid parameter: url"),
    "a url too long": ({"url": HOOK + "a" * 1000}, "Invalid parameter: url"),
    "userinfo": ({"url": "https://alice:secret@example.com/"}, "Webhook URL must be public"),
    "a port of the system's": ({"url": "https://example.com:22/"}, "Webhook URL must be public"),
    "a private address": ({"url": "https://10.0.0.1/"}, "Webhook URL must be public"),
    "a documentation address": ({"url": "https://203.0.113.7/"}, "Webhook URL must be public"),
    "a metadata address": ({"url": "https://169.254.169.254/latest"}, "Webhook URL must be public"),
    "this machine by another spelling": ({"url": "https://2130706433/"}, "Webhook URL must be public"),
    "an event there is not": ({"events": "order.shipped"}, "Unknown event: order.shipped"),
    "an event as nobody writes it": ({"events": "Order.Completed"}, "Unknown event: Order.Completed"),
    "two events there are not": ({"events": "balance.low, b ,a"}, "Unknown event: b"),
    "all of them by a star": ({"events": "*"}, "Unknown event: *"),
    "a very long event": ({"events": "é" * 5000}, "Unknown event: " + "é" * 64),
    "an event with controls": ({"events": "a\x1b[2J\u202eb\nc"}, "Unknown event: a[2Jbc"),
    "an event with a NUL": ({"events": "a\0b"}, "Invalid parameter: events"),
    "events that name nothing": ({"events": " , ,"}, "Invalid parameter: events"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_in_so_many_words_and_leaves_nothing(alice, hook, name):
    changes, words = WRONG[name]
    before = everything()
    refused(hook(alice, **changes), words)
    assert everything() == before


def test_outside_development_neither_http_nor_this_machine_is_taken(post, alice):
    before = everything()
    refused(post(key=alice.key, action="webhook.add", url=HOOK), "Invalid parameter: url")
    refused(post(key=alice.key, action="webhook.add", url="https://127.0.0.1:8443/"), "Webhook URL must be public")
    refused(post(key=alice.key, action="webhook.add", url="https://localhost/"), "Webhook URL must be public")
    assert everything() == before


def test_the_first_that_is_wrong_answers(alice, hook, monkeypatch):
    """The url, the events, the limit; the look-up, which takes long, last of all."""
    looked_up: list[str] = []
    monkeypatch.setattr(urls, "resolve_now", looked_up.append)
    refused(hook(alice, url="", events="x"), "Missing required parameter: url")
    refused(hook(alice, url="x", events="x"), "Invalid parameter: url")
    for _ in range(5):
        assert hook(alice).status == 200
    assert looked_up == [HOOK] * 5
    refused(hook(alice, events="x"), "Unknown event: x")
    refused(hook(alice, url="x"), "Invalid parameter: url")
    refused(hook(alice), LIMIT["error"])
    assert looked_up == [HOOK] * 5


def test_a_name_that_does_not_lead_to_public_addresses_is_refused_when_it_is_looked_up(alice, hook, monkeypatch):
    def private(url):
        raise urls.NotPublic("it is at 10.0.0.1")

    monkeypatch.setattr(urls, "resolve_now", private)
    before = everything()
    refused(hook(alice), "Webhook URL must be public")
    assert everything() == before


@committed
def test_the_look_up_is_made_in_no_transaction(alice, hook, monkeypatch):
    inside = []
    monkeypatch.setattr(urls, "resolve_now", lambda url: inside.append(connection.in_atomic_block))
    assert hook(alice).status == 200
    assert inside == [False]


# --- Whose it is -------------------------------------------------------------------------------------------------


def test_a_sixth_is_refused_until_one_is_removed(post, alice, hook):
    made = [hook(alice).json["webhook"] for _ in range(5)]
    before = everything()
    refused(hook(alice), LIMIT["error"])
    assert everything() == before
    assert post(key=alice.key, action="webhook.remove", webhook=made[2]).status == 200
    assert hook(alice).status == 200
    assert Endpoint.objects.order_by("-id")[0].slot == 3
    refused(hook(alice), LIMIT["error"])


def test_a_disabled_one_counts(alice, hook):
    for _ in range(5):
        hook(alice)
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="gone")
    refused(hook(alice), LIMIT["error"])


def test_those_of_another_key_do_not_count(post, alice, bob, hook):
    for _ in range(5):
        hook(alice)
    _, second = accounts.operations.issue_key(account_id=alice.id)
    assert post(key=second, action="webhook.add", url=HOOK).status == 200
    assert hook(bob).status == 200


def test_a_read_only_key_may_not_add(person, hook):
    reader = person("alice", read_only=True)
    before = everything()
    refused(hook(reader), "API key is read-only", 403)
    assert everything() == before


def test_a_body_that_may_have_been_cut_short_adds_nothing(post, alice, locally):
    before = everything()
    cut = post(key=alice.key, action="webhook.add", url=HOOK, environ={"CONTENT_LENGTH": ""})
    refused(cut, "Content-Length is required for this action")
    assert everything() == before


def test_a_suspended_account_adds_nothing(alice, hook):
    accounts.operations.suspend(account_id=alice.id, reason="a chargeback")
    before = everything()
    refused(hook(alice), "Account suspended", 403)
    assert everything() == before


def test_it_costs_one_unit_of_every_limit(alice, hook, held):
    left = [int(hook(alice, url=url).headers["X-RateLimit-Remaining"]) for url in (HOOK, "x", HOOK)]
    assert left == [99, 98, 97]


# --- At once -----------------------------------------------------------------------------------------------------


@committed
def test_of_twenty_added_at_once_five_are(alice, hook):
    answers = at_once(*[partial(hook, alice)] * 20)
    assert sorted(answer.status for answer in answers) == [200] * 5 + [400] * 15
    assert all(answer.json == LIMIT for answer in answers if answer.status == 400)
    assert sorted(Endpoint.objects.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]
    secrets = {answer.json["secret"] for answer in answers if answer.status == 200}
    assert {encryption.decrypt(each) for each in Endpoint.objects.values_list("secret_encrypted", flat=True)} == secrets


@committed
def test_with_the_unique_index_off_twenty_added_at_once_are_more_than_five(alice, locally, monkeypatch):
    """The control: all have looked for a free slot before any takes one."""
    everyone_has_looked = threading.Barrier(20)
    monkeypatch.setattr(urls, "resolve_now", lambda url: everyone_has_looked.wait(PATIENCE))
    key = ApiKey.objects.get(account_id=alice.id)
    add = partial(endpoints.add, api_key_id=key.pk, url=HOOK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'endpoint_unique_slot'")
        (guard,) = cursor.fetchone()
        cursor.execute("DROP INDEX endpoint_unique_slot")
    try:
        results = at_once(*[add] * 20)
        assert [type(each) for each in results] == [tuple] * 20
        assert Endpoint.objects.count() == 20
    finally:
        Endpoint.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(guard)
    results = at_once(*[add] * 20)
    assert sorted(type(each).__name__ for each in results) == [EndpointLimitReached.__name__] * 15 + ["tuple"] * 5
    assert sorted(Endpoint.objects.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]


@committed
def test_what_else_the_database_refuses_is_no_matter_of_slots(alice, locally, monkeypatch):
    key = ApiKey.objects.get(account_id=alice.id)
    monkeypatch.setattr(endpoints, "_record", lambda *args: Endpoint.objects.update(disabled_because="gone"))
    with pytest.raises(IntegrityError, match="endpoint_disabled_for_a_reason"):
        endpoints.add(api_key_id=key.pk, url=HOOK)
    assert Endpoint.objects.count() == 0


def test_a_key_that_expires_later_may_add(person, hook):
    carol = person("carol", expires_at=clock.now() + timedelta(hours=1))
    assert hook(carol).status == 200
