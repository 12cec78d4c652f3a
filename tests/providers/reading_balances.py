"""What providers say we have there is kept, found again by its moment, and told where it is low or not said."""

from decimal import Decimal

import pytest
from django.urls import reverse

from alerts.models import Alert
from kit import clock
from providers import operations, queries
from providers.demo.running import DemoProvider
from providers.models import BalanceReading, Provider
from providers.operations import add_provider
from providers.tasks import check_all
from tests.conftest import Time

pytestmark = pytest.mark.django_db


def say(provider: Provider, balance: str, currency: str = "USD") -> None:
    operations.record_balance(provider_id=provider.pk, balance=Decimal(balance), currency=currency)


def want(provider: Provider, low_balance: str | None) -> None:
    """Have the operator told below this."""
    operations.change_provider(
        provider_id=provider.pk,
        name=provider.name,
        url=provider.url,
        calls_per_minute=None,
        low_balance=None if low_balance is None else Decimal(low_balance),
    )


def lasting() -> list[tuple[str, int, str]]:
    """Return what the operator is being told: kind, subject and text."""
    return list(Alert.objects.filter(cleared_at=None).order_by("id").values_list("kind", "subject_id", "text"))


def test_every_balance_told_is_kept(kept: Provider) -> None:
    say(kept, "12.5")
    say(kept, "11", "EUR")
    assert [(str(each), each.provider_id) for each in queries.last_readings(kept.pk, 10)] == [
        ("11.00000000 EUR", kept.pk),
        ("12.50000000 USD", kept.pk),
    ]


def test_finds_the_readings_around_a_moment(kept: Provider, time: Time) -> None:
    other = add_provider(name="Other", url=kept.url, key="k")
    assert queries.readings_around(kept.pk, clock.now()) == (None, None)
    for balance in ("30", "20", "10"):
        say(kept, balance)
        say(other, "999")
        time.move(minutes=10)
    first, second, third = BalanceReading.objects.filter(provider=kept).order_by("at")
    assert queries.readings_around(kept.pk, second.at) == (second, third)
    time.at = second.at.timestamp() + 1
    assert queries.readings_around(kept.pk, clock.now()) == (second, third)
    time.at = first.at.timestamp() - 1
    assert queries.readings_around(kept.pk, clock.now()) == (None, first)
    time.at = third.at.timestamp() + 1
    assert queries.readings_around(kept.pk, clock.now()) == (third, None)


def test_forgets_what_was_said_more_than_ninety_days_ago(demo: DemoProvider, time: Time) -> None:
    provider = add_provider(name="Panel", url=demo.url, key=demo.key)
    say(provider, "1")
    time.move(days=1)
    say(provider, "2")
    time.move(days=89, seconds=1)
    assert check_all() == 1
    assert [reading.balance for reading in queries.last_readings(provider.pk, 10)] == [1_000_000, 2]


def test_tells_once_that_a_balance_is_low_and_again_when_it_has_been_above(kept: Provider) -> None:
    want(kept, "10")
    say(kept, "10")
    assert lasting() == []
    say(kept, "9.99")
    say(kept, "9.5")
    expected = "Panel says that 9.50 USD is left, which is below 10.00: top it up, or orders there will wait."
    assert lasting() == [("provider.low_balance", kept.pk, expected)]
    assert Alert.objects.get().path == reverse("admin:providers_provider_change", args=[kept.pk])
    say(kept, "50")
    assert lasting() == []
    say(kept, "1")
    assert Alert.objects.count() == 2


def test_never_tells_of_a_balance_where_none_was_asked_for(kept: Provider) -> None:
    say(kept, "-5")
    assert lasting() == []


def test_another_threshold_is_judged_at_once(kept: Provider) -> None:
    say(kept, "9")
    want(kept, "10")
    assert [kind for kind, _, _ in lasting()] == ["provider.low_balance"]
    want(kept, "5")
    assert lasting() == []
    want(kept, "10")
    want(kept, None)
    assert lasting() == []


@pytest.mark.parametrize(("at", "words"), [("add", "taking orders"), ("status", "saying how they are")])
def test_tells_that_a_provider_fails_until_it_works(kept: Provider, at: str, words: str) -> None:
    operations.mark_failing(provider_id=kept.pk, why="no answer", at=at)
    operations.mark_failing(provider_id=kept.pk, why="a web page", at=at)
    assert lasting() == [("provider.failing", kept.pk, f"Panel fails at {words}: a web page")]
    assert Alert.objects.get().path == reverse("admin:providers_provider_change", args=[kept.pk])
    operations.mark_working(provider_id=kept.pk, at=at)
    assert lasting() == []


def test_a_balance_that_is_not_said_is_no_alert_and_hides_none(kept: Provider) -> None:
    operations.mark_failing(provider_id=kept.pk, why="no answer", at="balance")
    assert lasting() == []
    operations.mark_failing(provider_id=kept.pk, why="no answer", at="status")
    operations.mark_failing(provider_id=kept.pk, why="still none", at="balance")
    assert lasting() == [("provider.failing", kept.pk, "Panel fails at saying how they are: no answer")]
    operations.mark_failing(provider_id=kept.pk, why="no funds", at="add")
    operations.mark_failing(provider_id=kept.pk, why="no answer", at="status")
    assert lasting() == [("provider.failing", kept.pk, "Panel fails at taking orders: no funds")]
    assert operations.mark_working(provider_id=kept.pk, at="status") is False
    assert len(lasting()) == 1


def test_hears_of_a_low_balance_in_the_providers_currency(demo: DemoProvider) -> None:
    provider = add_provider(name="Panel", url=demo.url, key=demo.key)
    want(provider, "100")
    demo.control(balance="12.5", currency="EUR")
    assert check_all() == 1
    assert lasting()[0][2].startswith("Panel says that 12.50 EUR is left, which is below 100.00: ")
    demo.control(balance="100")
    check_all()
    assert lasting() == []
