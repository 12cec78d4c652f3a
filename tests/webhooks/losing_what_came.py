"""What came of attempts is recorded though PostgreSQL goes away meanwhile, and though one of them cannot be."""

import base64

import pytest
from django.db import OperationalError

from kit import encryption, persisting
from tests.api_v2.losing_postgres import backend, terminate
from tests.webhooks.due import Scripted, due, states
from tests.webhooks.receiver import taken
from webhooks import dispatching
from webhooks.dispatching import dispatch
from webhooks.models import Attempt, Delivery
from webhooks.outcomes import Answered

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_is_lost_while_attempts_are_under_way_loses_no_outcome(alice, listen, receiver):
    endpoint = listen(alice, receiver.url)
    deliveries = due(endpoint, 5)
    pid = backend()

    def cut_and_take(came):
        terminate(pid)
        taken(came)

    receiver.answers = [cut_and_take]
    assert dispatch() == 5
    assert backend() != pid
    assert states(*deliveries) == ["delivered"] * 5
    assert len(receiver.got) == Attempt.objects.count() == 5


def test_one_outcome_that_cannot_be_recorded_loses_none_of_the_others(alice, bob, listen, monkeypatch, caplog):
    good, bad = listen(alice), listen(bob, "http://127.0.0.1:9999/bad")
    kept, [lost] = due(good, 5), due(bad)

    class Losing(Scripted):
        def outcomes(self, timeout):
            Delivery.objects.filter(pk=lost.pk).delete()  # nothing does that; its attempt then belongs to nothing
            return super().outcomes(timeout)

    monkeypatch.setattr(dispatching, "Sender", Losing({good.url: Answered(200), bad.url: Answered(200)}))
    assert dispatch() == 6
    assert states(*kept) == ["delivered"] * 5
    assert sorted(Attempt.objects.values_list("delivery", flat=True)) == [each.pk for each in kept]
    assert f"delivery_id={lost.pk}" in caplog.text
    assert "could not be recorded" in caplog.text


def test_what_is_logged_of_an_outcome_that_cannot_be_recorded_holds_no_secret(alice, listen, monkeypatch, caplog):
    endpoint = listen(alice)

    def away(results):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dispatching, "Sender", Scripted({endpoint.url: Answered(200)}))
    monkeypatch.setattr(dispatching, "record", away)
    monkeypatch.setattr(persisting, "KEEP_TRYING", 0)
    [first, second] = due(endpoint, 2)
    assert dispatch() == 2
    assert f"delivery_id={first.pk}" in caplog.text
    assert f"delivery_id={second.pk}" in caplog.text
    key = base64.b64decode(encryption.decrypt(endpoint.secret_encrypted).removeprefix("whsec_"))
    assert repr(key) not in caplog.text
    assert "keys=" not in caplog.text


def test_what_the_sender_says_nothing_of_is_left_to_whoever_takes_it_up_again(
    alice, bob, listen, monkeypatch, caplog, time
):
    good, silent = listen(alice), listen(bob, "http://127.0.0.1:9999/silent")
    [taken_by_it], [forgotten] = due(good), due(silent)
    looks = []

    class Silent(Scripted):
        def send(self, messages):
            super().send([each for each in messages if each.url != silent.url])

        def outcomes(self, timeout):
            looks.append(time.move(seconds=61))
            assert len(looks) < 5, "what is forgotten is waited for"
            return super().outcomes(timeout)

    monkeypatch.setattr(dispatching, "Sender", Silent({good.url: Answered(200)}))
    assert dispatch() == 1
    assert f"nothing was heard of delivery {forgotten.pk}" in caplog.text
    assert f"nothing was heard of delivery {taken_by_it.pk}" not in caplog.text
    assert forgotten.attempts.count() == 0
    assert states(forgotten) == ["due"]
