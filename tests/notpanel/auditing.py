"""The books are proved once a day by the clock, and the operator is told where they do not agree."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from alerts.models import Alert
from alerts.queries import lasting
from events.models import Event
from kit import clock
from notpanel import books
from notpanel.tasks import audit
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


def break_books(alice) -> None:
    Wallet.objects.filter(pk=alice.id).update(balance=Decimal(90))


def mend_books(alice) -> None:
    Wallet.objects.filter(pk=alice.id).update(balance=Decimal(100))


def test_books_that_agree_are_proved_once_a_day(alice, monkeypatch):
    assert audit() is True
    assert audit() is False
    later = clock.timestamp() + timedelta(hours=25).total_seconds()
    monkeypatch.setattr(clock, "timestamp", lambda: later)
    assert audit() is True
    told = Event.objects.filter(kind="books.audited")
    assert [each.data["agree"] for each in told] == [True, True]
    assert not lasting().exists()


def test_books_that_disagree_are_told_once_and_cleared_when_they_are_mended(alice):
    break_books(alice)
    assert [audit(), audit()] == [True, True]  # looked at again, for they may be mended by now
    alert = lasting().get(kind="books.disagree")
    assert alert.text.startswith(f"The books do not agree in 1 place: wallet of account {alice.id}: ")
    assert "Run audit_books" in alert.text

    mend_books(alice)
    assert audit() is True
    assert not lasting().exists()

    break_books(alice)
    assert books.audit() is not None
    assert lasting().filter(kind="books.disagree").count() == 1
    assert Alert.objects.count() == 2
    mend_books(alice)


def test_a_proof_that_takes_too_long_is_told(alice, monkeypatch, caplog):
    slow = "SET LOCAL statement_timeout = '1ms'"

    def stray_sales():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")
        yield ""

    monkeypatch.setattr(books, "LONGEST_STATEMENT", slow)
    monkeypatch.setattr("orders.queries.stray_sales", stray_sales)
    assert audit() is False
    assert "the books could not be audited" in caplog.text
    assert lasting().get().kind == "books.not_audited"
    monkeypatch.undo()
    assert audit() is True
    assert not lasting().exists()
