"""What was spent on each of 30 days, as bars and as a table."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from dashboard.pages.overview.chart import chart_of
from wallets.operations import charge, refund

TODAY = date(2026, 11, 29)


def drawn(*amounts):
    """Return the chart of some days up to today."""
    days = [TODAY - timedelta(days=ago) for ago in range(len(amounts))][::-1]
    return chart_of(list(zip(days, map(Decimal, amounts), strict=True)))


def heights(chart):
    return [(bar.y, bar.height) for bar in chart.bars]


def test_the_dearest_day_is_as_high_as_the_drawing_and_zero_is_its_foot():
    chart = drawn("2", "0", "1")
    assert heights(chart) == [("0.000", "100.000"), ("100.000", "0.000"), ("50.000", "50.000")]
    assert (chart.zero, chart.most, chart.total, chart.today) == ("100.000", Decimal(2), Decimal(3), Decimal(1))


def test_a_day_on_which_more_came_back_hangs_from_zero():
    chart = drawn("3", "-1")
    assert chart.zero == "75.000"
    assert heights(chart) == [("0.000", "75.000"), ("75.000", "25.000")]


def test_where_only_money_came_back_zero_is_at_the_top():
    assert heights(drawn("-1", "0")) == [("0.000", "100.000"), ("0.000", "0.000")]


def test_a_little_is_seen_too():
    assert heights(drawn("1000", "0.01"))[1] == ("98.500", "1.500")


def test_nothing_is_an_empty_chart():
    assert drawn("0", "0").is_empty
    assert not drawn("0", "-1").is_empty


def test_bars_stand_beside_one_another_over_the_whole_width():
    bars = drawn(*["1"] * 30).bars
    assert [bar.x for bar in bars[:2]] == ["0.120", "1.120"]
    assert (bars[-1].x, bars[-1].width) == ("29.120", "0.760")


@pytest.mark.django_db
def test_each_day_stands_in_a_table_exactly(alices: Client, alice, time):
    charge(account_id=alice.id, amount=Decimal("0.12345678"), reference="order:1:charge")
    time.move(days=1)
    charge(account_id=alice.id, amount=Decimal("2.50"), reference="order:2:charge")
    refund(account_id=alice.id, amount=Decimal("3.00"), reference="order:2:refund:3.00")
    alices.force_login(alice.user)
    page = alices.get("/dashboard").text
    days = re.findall(r'<th scope="row">([\d-]+)</th><td class="number">(.*?)</td>', page)
    assert len(days) == 30
    assert [spent for _, spent in days[:3]] == ["-$0.50", "$0.12345678", "$0.00"]
    assert '<p class="figure">-$0.50</p>' in page
    assert '<p class="figure">-$0.37654322</p>' in page
    assert 'role="img" aria-labelledby="chart-title chart-about"' in page


@pytest.mark.django_db
def test_is_drawn_the_same_in_a_language_that_writes_a_comma(alices: Client, alice):
    charge(account_id=alice.id, amount=Decimal("1.00"), reference="order:1:charge")
    with translation.override("tr"):
        alices.cookies["django_language"] = "tr"
        page = alices.get("/dashboard", headers={"Accept-Language": "tr"}).text
    assert '<html lang="tr"' in page
    assert 'x="29.120" y="0.000" width="0.760" height="100.000"' in page


@pytest.mark.django_db
def test_where_nothing_was_spent_it_says_so(alices: Client):
    page = alices.get("/dashboard").text
    assert "Nothing was spent in these 30 days." in page
    assert '<svg class="chart' not in page
