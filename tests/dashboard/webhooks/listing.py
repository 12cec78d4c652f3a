"""All webhooks of the account on one page."""

import pytest

from accounts.models import ApiKey
from accounts.operations import issue_key, revoke_key
from kit import clock
from tests.dashboard.counting import statements
from tests.dashboard.webhooks.conftest import URL
from tests.dashboard.webhooks.pages import LIST, page
from webhooks.models import Endpoint
from webhooks.operations import endpoints

pytestmark = pytest.mark.django_db


def test_shows_each_with_its_events_its_key_and_how_it_is_doing(alices, alice, endpoint, listen):
    Endpoint.objects.update(disabled_at=clock.now(), disabled_because="failing")
    listen(alice, "http://127.0.0.1:9999/second", "order.completed")
    text = alices.get(LIST).text
    assert f'href="{page(endpoint)}">{URL}</a>' in text
    assert '<span class="badge bad">Disabled</span>' in text
    assert '<span class="badge good">Active</span>' in text
    assert "All, also those still to come" in text
    assert "<code>order.completed</code>" in text
    assert text.count(str(ApiKey.objects.get(account_id=alice.id))) == 2


def test_leaves_out_those_that_were_removed_and_other_accounts(alices, bob, endpoint, listen):
    listen(bob, "http://127.0.0.1:9999/bobs-own-address")
    endpoints.remove(endpoint_id=endpoint.pk)
    text = alices.get(LIST).text
    assert "Nothing is told anywhere yet." in text
    assert "own-address" not in text


def test_says_whose_key_was_revoked(alices, endpoint):
    revoke_key(key_id=endpoint.api_key_id)
    assert '<span class="badge bad">Key revoked</span>' in alices.get(LIST).text


def test_takes_as_many_statements_for_many_as_for_one(alices, alice, endpoint, locally):
    one = statements(alices, LIST)
    for _ in range(4):
        key, _ = issue_key(account_id=alice.id)
        for number in range(5):
            endpoints.add(api_key_id=key.pk, url=f"http://127.0.0.1:9999/{number}")
    many = statements(alices, LIST)
    assert alices.get(LIST).text.count('class="address"') == 21
    assert len(many) == len(one) == 3  # the session, the account, and all of these
