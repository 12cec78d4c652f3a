"""Raising an alert and ending it: once for each cause, and anew when it comes back."""

from functools import partial

import pytest

from alerts.models import Alert
from alerts.operations import AlertEnded, clear_alert, clear_by_hand, hide, raise_alert
from alerts.queries import for_the_banner, lasting
from events.models import Event
from kit import clock
from tests.breaking import refused_by
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cause_is_told_once_while_it_lasts_and_its_text_is_kept_up_to_date():
    assert raise_alert(kind="orders.unknown", text="1 waits", path="/admin/")
    assert not raise_alert(kind="orders.unknown", text="2 wait", path="/admin/")
    assert list(Alert.objects.values_list("kind", "text", "path")) == [("orders.unknown", "2 wait", "/admin/")]


def test_it_is_told_anew_when_it_comes_back():
    raise_alert(kind="provider.failing", subject_id=7, text="down")
    assert clear_alert(kind="provider.failing", subject_id=7)
    assert not clear_alert(kind="provider.failing", subject_id=7)
    assert raise_alert(kind="provider.failing", subject_id=7, text="down again")
    assert [each.text for each in lasting()] == ["down again"]
    assert Alert.objects.count() == 2


def test_each_subject_is_a_cause_of_its_own():
    assert raise_alert(kind="provider.failing", subject_id=7, text="seven")
    assert raise_alert(kind="provider.failing", subject_id=8, text="eight")
    assert clear_alert(kind="provider.failing", subject_id=7)
    assert [each.text for each in lasting()] == ["eight"]


def test_of_twenty_at_once_one_tells():
    calls = [partial(raise_alert, kind="orders.unknown", text="waits") for _ in range(20)]
    assert sorted(at_once(*calls)) == [False] * 19 + [True]
    assert Alert.objects.count() == 1


def test_the_database_keeps_one_for_each_cause_that_lasts():
    raise_alert(kind="orders.unknown", text="waits")
    with refused_by("alert_once_per_cause"):
        Alert.objects.create(kind="orders.unknown", text="again", raised_at=clock.now())


def test_a_text_that_is_too_long_is_cut():
    raise_alert(kind="x", text="y" * 2000)
    assert len(Alert.objects.get().text) == 500


def test_an_alert_that_is_hidden_lasts_but_is_not_in_the_banner():
    raise_alert(kind="orders.stuck", text="stuck")
    hide(alert_id=Alert.objects.get().pk, actor="bob@panel.example", reason="known")
    assert for_the_banner() == []
    assert lasting().count() == 1
    told = Event.objects.get(kind="alert.hidden")
    assert (told.actor, told.reason) == ("bob@panel.example", "known")
    clear_alert(kind="orders.stuck")
    raise_alert(kind="orders.stuck", text="stuck again")
    assert [each.text for each in for_the_banner()] == ["stuck again"]


def test_an_alert_is_cleared_by_hand_once():
    raise_alert(kind="orders.contradicted", subject_id=1, text="look")
    alert = Alert.objects.get()
    clear_by_hand(alert_id=alert.pk, actor="bob@panel.example", reason="refunded by hand")
    for end in (clear_by_hand, hide):
        with pytest.raises(AlertEnded, match="has been cleared meanwhile"):
            end(alert_id=alert.pk, actor="bob@panel.example", reason="again")
    assert Event.objects.filter(subject="alert").count() == 1
