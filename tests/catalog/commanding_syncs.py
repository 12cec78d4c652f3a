"""The command that syncs, and the task that does it by the clock: what they say to people, and to programs."""

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalog.models import Source
from catalog.operations import change_service
from catalog.tasks import sync_all, sync_provider
from notpanel.celery import app
from providers.operations import pause
from tests.catalog.conftest import alerts_open, everything, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(run, catalogue, sold):
    """A list on which much is otherwise than when it was imported."""
    catalogue.rows = [row(each) for each in range(1, 7)]
    run(markup="50")
    change_service(service_id=sold("6").pk, actor="bob", name="Our own name")
    catalogue.rows = [
        row(1, name="Likes, faster"),
        row(2, rate="1.035"),
        row(3, rate="1.26"),
        row(4, rate="1.40"),
        row(6, name="Theirs"),
        row(7, rate="2.00"),
        row(8, rate="0"),
    ]


def test_shows_what_it_would_do_and_does_it_with_apply(changed, sold, capsys):
    ids = {each: sold(each).pk for each in "123456"}
    before = everything()

    call_command("sync_services")

    shown = capsys.readouterr().out
    assert shown == (
        "Seller: 1 would be applied, 2 held back, 3 would wait for you. Nothing was changed: --apply does it.\n"
        "Would be applied (1):\n"
        f"  2 Likes 2 (service {ids['2']}): price 0.90 USD → 1.035 USD (+15.0 %)\n"
        "Would be held back (2):\n"
        f"  3 Likes 3 (service {ids['3']}): price 0.90 USD → 1.26 USD (+40.0 %)\n"
        f"  4 Likes 4 (service {ids['4']}): price 0.90 USD → 1.40 USD (+55.6 %)\n"
        "Would wait for you (3):\n"
        f"  1 Likes 1 (service {ids['1']}): renamed Likes 1 → Likes, faster\n"
        f"  5 Likes 5 (service {ids['5']}): no longer listed\n"
        "  7 Likes 7: new there Default, 2.00 USD\n"
        "Switched off (1):\n"
        f"  service {ids['4']} Likes 4, bought as 4: sells at 1.35 USD, costs 1.40 USD\n"
        "Your edits were kept (1):\n"
        f"  service {ids['6']}: name\n"
        "Skipped (1):\n"
        "  8 Likes 8: its rate is 0: add it by hand if it is to be sold\n"
    )
    assert everything() == before

    call_command("sync_services", "Seller", "--apply")

    assert capsys.readouterr().out.splitlines()[:2] == [
        "Seller: 1 applied, 2 held back, 3 waiting for you.",
        "Applied (1):",
    ]
    assert not Source.objects.get(remote_id="4").active


def test_prints_one_json_object_for_a_program(changed, sold, capsys):
    call_command("sync_services", "--apply", "--json")

    said = json.loads(capsys.readouterr().out)
    (seller,) = said["providers"]
    assert (said["applied"], said["problems"]) == (True, [])
    assert {
        name: seller[name] for name in ("provider", "listed", "compared", "applied", "proposed", "quarantined")
    } == {
        "provider": "Seller",
        "listed": 7,
        "compared": 6,
        "applied": 1,
        "proposed": 3,
        "quarantined": 2,
    }
    jump = next(each for each in seller["changes"] if each["remote_id"] == "3")
    assert {name: jump[name] for name in jump if name != "since"} == {
        "remote_id": "3",
        "name": "Likes 3",
        "service": sold("3").pk,
        "field": "cost",
        "old": {"rate": "0.90", "currency": "USD"},
        "new": {"rate": "1.26", "currency": "USD"},
        "percent": "40.00",
        "state": "quarantined",
    }
    assert seller["off"] == [
        {"service": sold("4").pk, "source": sold("4").sources.get().pk, "rate": "1.35", "cost": "1.40"}
    ]


def test_a_list_that_is_not_gone_by_is_said_and_ends_with_1(run, catalogue, capsys):
    run()
    catalogue.rows = []
    with pytest.raises(SystemExit) as ended:
        call_command("sync_services", "--apply")
    assert ended.value.code == 1
    said = "Seller: The provider's list of services is empty. Nothing was changed.\n"
    assert capsys.readouterr().out == said


def test_refuses_a_provider_that_is_not_there(seller):
    with pytest.raises(CommandError, match=r"^There is no provider named 'Nobody'\. Nothing was changed\.$"):
        call_command("sync_services", "Seller", "Nobody", "--apply")


def test_the_task_applies_what_the_policy_applies(changed, seller):
    assert sync_provider(seller.pk)
    assert set(alerts_open()) == {"sync.quarantined", "sync.switched_off"}


def test_the_task_leaves_a_paused_provider_alone_and_survives_a_broken_list(run, catalogue, seller):
    run()
    catalogue.rows = []
    before = everything()
    assert not sync_provider(seller.pk)
    assert set(alerts_open()) == {"sync.refused"}
    assert everything() == before

    pause(provider_id=seller.pk)
    assert not sync_provider(seller.pk)
    assert sync_all() == 0


def test_of_a_paused_provider_nothing_is_told_where_its_list_is_read_by_hand(changed, seller, catalogue):
    pause(provider_id=seller.pk)
    call_command("sync_services", "Seller", "--apply")
    assert not Source.objects.get(remote_id="4").active
    catalogue.rows = []
    with pytest.raises(SystemExit):
        call_command("sync_services", "Seller", "--apply")
    assert alerts_open() == {}


def test_the_clock_has_every_active_provider_compared(seller, monkeypatch):
    assert app.conf.beat_schedule["catalog.sync_all"]["schedule"] == settings.SYNC_INTERVAL
    sent = []
    monkeypatch.setattr(sync_provider, "apply_async", lambda args, **options: sent.append((args, options)))
    assert sync_all() == 1
    assert sent == [((seller.pk,), {"expires": settings.SYNC_INTERVAL})]
