"""What came of attempts is recorded though PostgreSQL goes away meanwhile, and though one of them cannot be."""

import pytest

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
