"""`/healthz`, `/readyz` and `doctor`: what is there, what is not, and what to do."""

import contextlib
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

import kit.redis
from accounts.mailing import send_mails
from accounts.models import Tier
from accounts.operations import write_mail
from alerts.mailing import mail_alerts
from alerts.operations import raise_alert
from kit import clock
from notpanel import health
from orders.models import Purchase
from orders.operations import place
from providers.models import Provider
from providers.operations import add_provider
from tests.demo import demo
from tests.webhooks.conftest import listen, locally
from tests.webhooks.ended import deliveries, delivery
from webhooks.models import Endpoint
from webhooks.operations.disabling import disable
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["demo", "listen", "locally"]


@pytest.fixture
def well(tiers):
    """A panel with its first data and a worker that was just here."""
    health.beat()


@pytest.fixture
def cache_is_gone(monkeypatch):
    monkeypatch.setattr(kit.redis, "_breaker", kit.redis.Breaker("redis://127.0.0.1:9/0"))


def readiness(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def doctor(**options):
    out = io.StringIO()
    code: object = 0
    try:
        call_command("doctor", json=True, stdout=out, **options)
    except SystemExit as stop:
        code = stop.code
    parts = {part["name"]: (part["problem"], part["remedy"]) for part in json.loads(out.getvalue())["parts"]}
    return code, parts


def test_is_alive_whatever_else_is_missing(client, cache_is_gone):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_is_ready_when_every_part_is_there(client, well):
    assert readiness(client) == (
        200,
        {"status": "ready", "database": "ok", "first_data": "ok", "cache": "ok", "broker": "ok", "worker": "ok"},
    )


def test_is_not_ready_without_a_worker_that_works(client, tiers):
    assert readiness(client)[0] == 503
    assert readiness(client)[1]["worker"] == "its last heartbeat was never"


def test_is_not_ready_when_the_worker_has_stalled(client, well, monkeypatch, settings):
    later = clock.timestamp() + settings.SWEEP_INTERVAL * health.OLDEST_HEARTBEAT + 5
    monkeypatch.setattr(clock, "timestamp", lambda: later)
    status, parts = readiness(client)
    assert status == 503
    assert parts["worker"].startswith("its last heartbeat was 3")


def test_is_not_ready_without_the_cache(client, well, cache_is_gone):
    status, parts = readiness(client)
    assert (status, parts["database"]) == (503, "ok")
    assert parts["cache"] != "ok"


def test_is_not_ready_without_the_broker(client, well, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    status, parts = readiness(client)
    assert status == 503
    assert "refused" in parts["broker"]


def test_is_not_ready_without_first_data(client, well):
    Tier.objects.all().delete()
    assert readiness(client)[1]["first_data"] == "there is no tier"


def test_is_not_ready_with_migrations_to_apply(client, well):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders' RETURNING name, applied")
        gone = cursor.fetchall()
    try:
        assert readiness(client)[1]["database"] == f"{len(gone)} migrations are not applied"
    finally:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES ('orders', %s, %s)", gone)


def test_the_doctor_finds_nothing_wrong_with_a_healthy_panel(well, demo):
    add_provider(name="Demo", url=demo.url, key=demo.key)
    code, parts = doctor()
    wrong = {name: part for name, part in parts.items() if part[0] and not name.startswith("settings")}
    assert wrong == {}
    assert {"database", "cache", "broker", "worker", "clock", "provider Demo"} <= set(parts)
    assert code == (1 if any(part[0] for part in parts.values()) else 0)


def test_the_doctor_says_which_provider_cannot_be_reached_and_what_to_do(well, provider):
    code, parts = doctor()
    problem, remedy = parts[f"provider {provider.name}"]
    assert code == 1
    assert "refuses connections" in problem
    assert remedy == "check its address and key in the admin, or pause it there"


def test_the_doctor_says_when_a_key_cannot_be_read(well, demo):
    added = add_provider(name="Demo", url=demo.url, key=demo.key)
    Provider.objects.filter(pk=added.pk).update(key_encrypted="gAAAA-not-ours")
    problem, remedy = doctor()[1]["provider Demo"]
    assert problem == "its key cannot be read"
    assert "rotate_encryption" in remedy


@pytest.fixture
def purchase(alice, service):
    """The purchase of an order that was just placed."""
    params = {"service": str(service.pk), "link": "https://example.com/a", "quantity": "100"}
    place(account_id=alice.id, api_key_id=None, request_id="r", params=params)
    return Purchase.objects.get()


def change(purchase, **fields):
    Purchase.objects.filter(pk=purchase.pk).update(**fields)


def test_the_doctor_finds_nothing_wrong_with_purchases_that_are_young(well, purchase):
    now = clock.now()
    for fields in (
        {"state": "queued", "wanted_at": now - timedelta(minutes=59)},
        {"state": "submitting", "claimed_at": now - timedelta(minutes=9)},
    ):
        change(purchase, **fields)
        parts = doctor()[1]
        for name in ("unknown purchases", "waiting purchases", "purchases being sent"):
            assert parts[name] == (None, "")


def test_the_doctor_counts_the_purchases_that_wait_for_the_operators_decision(well, purchase):
    change(purchase, state="unknown", claimed_at=clock.now())
    code, parts = doctor()
    assert code == 1
    assert parts["unknown purchases"] == (
        "1 purchase is unknown: nobody knows whether it was placed",
        "decide: they are on the admin's first page, oldest first",
    )


def test_the_doctor_counts_the_purchases_that_have_waited_over_an_hour(well, purchase):
    change(purchase, wanted_at=clock.now() - timedelta(minutes=61))
    code, parts = doctor()
    assert code == 1
    assert parts["waiting purchases"] == (
        "1 purchase has waited to be sent for over an hour",
        "see the worker and the providers here; in the admin: Purchases, state queued",
    )


def test_the_doctor_counts_the_purchases_whose_sending_nobody_ended(well, purchase):
    change(purchase, state="submitting", claimed_at=clock.now() - timedelta(minutes=11))
    code, parts = doctor()
    assert code == 1
    assert parts["purchases being sent"] == (
        "1 purchase has been sending for over ten minutes, and no sweep has decided on it",
        "see that the Celery worker and beat run; in the admin: Purchases, state submitting",
    )


def test_the_doctor_says_when_mail_to_the_operator_does_not_go_out(well, settings):
    raise_alert(kind="orders.stuck", text="4 orders are stuck.")
    assert doctor()[1]["mail to the operator"] == (None, "")
    settings.OPERATOR_EMAIL, settings.EMAIL_HOST, settings.EMAIL_PORT = ["bob@panel.example"], "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert mail_alerts() == 0
    code, parts = doctor()
    problem, remedy = parts["mail to the operator"]
    assert code == 1
    assert problem.startswith("mail to bob@panel.example does not go out: 127.0.0.1:9: ")
    assert remedy == "see EMAIL_HOST and the settings beside it"


def test_the_doctor_finds_nothing_to_say_of_the_panel_as_it_comes(well, settings):
    settings.SIGN_UP = False  # the tests have no mail server
    code, parts = doctor()
    assert {name: problem for name, (problem, _) in parts.items() if problem} == {}
    assert code == 0


def test_the_doctor_says_why_people_get_no_mail(well, provider, settings):
    write_mail(kind="account/email/email_confirmation", to="alice@example.com", subject="Confirm", body="…")
    assert doctor()[1]["mails to people"] == (None, "")
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert send_mails() == 0
    code, parts = doctor()
    problem, remedy = parts["mails to people"]
    assert code == 1
    assert problem.startswith("1 mail could not be sent: 127.0.0.1:9: ConnectionRefusedError")
    assert remedy.startswith("see EMAIL_HOST and the settings beside it; in the admin: Mails.")


def test_the_doctor_speaks_to_people(well, provider, capsys):
    with pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out
    assert "ok     database" in said
    assert f"WRONG  provider {provider.name}: The provider cannot be reached" in said
    assert "→ check its address and key in the admin" in said


@pytest.fixture
def endpoint(alice, listen):
    """An endpoint of alice's."""
    return listen(alice)


def test_the_doctor_says_that_deliveries_are_due_and_nobody_sends_them(well, endpoint):
    deliveries(endpoint, 2, "due", ago=timedelta(minutes=4))
    assert doctor()[1]["webhook deliveries"] == (None, "")
    oldest = delivery(endpoint, "due", ago=timedelta(minutes=6))
    delivery(endpoint, "due", ago=timedelta(minutes=6), claimed_until=clock.now() - timedelta(minutes=1))
    code, parts = doctor()
    assert code == 1
    assert parts["webhook deliveries"] == (
        f"2 deliveries are due and not being sent, the oldest since {oldest.due_at:%Y-%m-%d %H:%M} UTC",
        "see that the Celery worker and beat run, and the worker's log; in the admin: Deliveries, state due",
    )


@pytest.mark.parametrize("why", ["it rests", "some are being sent", "it is not their time"])
def test_the_doctor_finds_nothing_wrong_with_deliveries_that_wait_rightly(well, endpoint, why):
    late = timedelta(minutes=6)
    if why == "it is not their time":
        delivery(endpoint, "due", ago=late, due_at=clock.now() + late)
    else:
        delivery(endpoint, "due", ago=late)
    if why == "it rests":
        Endpoint.objects.update(resting_until=clock.now())
    if why == "some are being sent":
        delivery(endpoint, "due", ago=late, claimed_until=clock.now() + timedelta(seconds=30))
    assert doctor()[1]["webhook deliveries"] == (None, "")


def test_the_doctor_notes_endpoints_that_disabled_themselves_and_finds_nothing_wrong_with_that(well, endpoint, capsys):
    disable(endpoint_id=endpoint.pk, because=Disabled.GONE)
    assert doctor()[1]["webhook endpoints"] == (None, "")
    with contextlib.suppress(SystemExit):
        call_command("doctor")
    noted = (
        "ok     webhook endpoints: 1 has disabled itself in the last 7 days; in the admin: Endpoints, state disabled"
    )
    assert noted in capsys.readouterr().out
    Endpoint.objects.update(disabled_because=Disabled.OPERATOR)
    with contextlib.suppress(SystemExit):
        call_command("doctor")
    assert "ok     webhook endpoints\n" in capsys.readouterr().out
