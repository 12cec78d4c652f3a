"""Its owner enables what disabled itself and what he disabled, and not what the operator did."""

import pytest

from events.models import Event
from webhooks.models import Endpoint
from webhooks.operations.disabling import DisabledByOperator, disable, enable_own
from webhooks.operations.endpoints import remove
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint(alice, listen):
    return listen(alice)


def everything():
    return list(Endpoint.objects.values()), Event.objects.count()


@pytest.mark.parametrize("because", [Disabled.GONE, Disabled.FAILING, Disabled.OWNER])
def test_what_was_not_the_operators_word_is_enabled_once(endpoint, because):
    assert disable(endpoint_id=endpoint.pk, because=because)
    assert enable_own(endpoint_id=endpoint.pk, actor="alice@example.com")
    assert not enable_own(endpoint_id=endpoint.pk, actor="alice@example.com")
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_because) == (None, "")
    assert Event.objects.get(kind="webhook.enabled").actor == "alice@example.com"


def test_what_the_operator_disabled_stays_disabled(endpoint):
    disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR, actor="op@example.com", reason="floods us")
    before = everything()
    with pytest.raises(DisabledByOperator):
        enable_own(endpoint_id=endpoint.pk, actor="alice@example.com")
    assert everything() == before


def test_one_that_was_removed_is_not_enabled(endpoint):
    disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR)
    remove(endpoint_id=endpoint.pk)
    before = everything()
    assert not enable_own(endpoint_id=endpoint.pk)
    assert everything() == before


@pytest.mark.parametrize("because", [Disabled.GONE, Disabled.FAILING, Disabled.OWNER])
def test_the_operator_has_the_last_word_where_its_owner_could_have_enabled_it(endpoint, because):
    disable(endpoint_id=endpoint.pk, because=because)
    assert disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR, actor="op@example.com", reason="floods us")
    assert not disable(endpoint_id=endpoint.pk, because=because)
    assert not disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR)
    with pytest.raises(DisabledByOperator):
        enable_own(endpoint_id=endpoint.pk)
