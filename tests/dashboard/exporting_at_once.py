"""Exports that are being sent leave threads to everybody else."""

from typing import Any

import pytest
from django.test import Client

from dashboard.pages import exporting
from kit.places import Places

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/dashboard/orders.csv", "/dashboard/wallet.csv"])
def test_asks_to_come_again_while_others_are_sent(alices: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "places", Places(1))
    first: Any = alices.get(path)
    second = alices.get(path)
    assert (second.status_code, second.headers["Retry-After"]) == (503, "60")
    b"".join(first.streaming_content)
    assert alices.get(path).status_code == 200
