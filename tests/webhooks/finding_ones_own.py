"""Endpoints by their account: over all its keys, and nobody else's."""

import pytest

from accounts.operations import issue_key, revoke_key
from webhooks.operations import endpoints
from webhooks.queries import EndpointNotFound, endpoint_of_account, endpoints_of_account

pytestmark = pytest.mark.django_db


def test_those_of_all_keys_are_listed_and_those_of_revoked_keys_last(alice, bob, listen, django_assert_num_queries):
    first = listen(alice)
    key, _ = issue_key(account_id=alice.id)
    second, _ = endpoints.add(api_key_id=key.pk, url="http://127.0.0.1:9999/second")
    third, _ = endpoints.add(api_key_id=key.pk, url="http://127.0.0.1:9999/third")
    listen(bob)
    with django_assert_num_queries(1):
        assert [each.url + each.api_key.prefix for each in endpoints_of_account(alice.id)] == [
            each.url + each.api_key.prefix for each in (third, second, first)
        ]
    revoke_key(key_id=key.pk)
    endpoints.remove(endpoint_id=second.pk)
    assert endpoints_of_account(alice.id) == [first, third]


def test_one_is_found_by_its_id_also_when_it_was_removed(alice, listen):
    endpoint = listen(alice)
    endpoints.remove(endpoint_id=endpoint.pk)
    assert endpoint_of_account(alice.id, endpoint.shown_id) == endpoint


@pytest.mark.parametrize("name", ["", "whk_", "whk_00000000000000000000000000", "ord_00000000000000000000000000", "1"])
def test_what_names_none_is_not_found(alice, listen, name):
    listen(alice)
    with pytest.raises(EndpointNotFound):
        endpoint_of_account(alice.id, name)


def test_another_accounts_is_not_found(alice, bob, listen):
    endpoint = listen(bob)
    with pytest.raises(EndpointNotFound):
        endpoint_of_account(alice.id, endpoint.shown_id)
