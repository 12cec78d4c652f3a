"""A request_id sent again: the first answer again, whatever has changed meanwhile; another body is a conflict."""

import hashlib
from decimal import Decimal

import pytest

import accounts.operations
import kit.redis
import wallets.operations
from catalog.models import Service
from orders.models import Request
from tests.api_v2.conftest import LINK, books_agree, charges, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(add, alice):
    """Alice's order, and what there was then."""
    first = add(alice)
    assert first.status == 200, first.json
    return first, everything()


def replays(answer, placed) -> bool:
    first, before = placed
    assert (answer.status, answer.body) == (200, first.body)
    assert answer.headers["Idempotent-Replay"] == "true"
    assert everything() == before
    return True


def test_the_first_answer_says_nothing_of_a_replay(placed):
    assert "Idempotent-Replay" not in placed[0].headers


def test_sent_again_it_is_answered_as_the_first_time(add, alice, placed):
    assert all(replays(add(alice), placed) for _ in range(3))


def test_it_replays_after_the_service_was_retired(add, alice, placed):
    Service.objects.update(active=False)
    assert replays(add(alice), placed)


def test_it_replays_after_the_service_has_changed_beyond_the_order(add, alice, placed):
    Service.objects.update(min=5000, rate=Decimal("99"))
    assert replays(add(alice), placed)


def test_it_replays_after_the_balance_was_spent(add, alice, service, placed):
    wallets.operations.adjust(
        account_id=alice.id, amount=Decimal("-99.10"), reference="all of it", actor="test", reason="test"
    )
    assert replays(add(alice), (placed[0], everything()))


def test_it_replays_after_a_month(add, alice, placed, held):
    held.forward(30 * 86_400)
    assert replays(add(alice), placed)


def test_it_replays_by_another_key_of_the_account(add, alice, placed):
    second = accounts.operations.issue_key(account_id=alice.id)[1]
    assert replays(add(type(alice)(alice.user, second)), (placed[0], everything()))


def test_it_replays_after_the_cache_was_lost(add, alice, placed):
    kit.redis.cache().client.flushdb()
    assert replays(add(alice), placed)


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": "1", "colours": "a\nb"},
        {"runs": "", "interval": "", "coupon": " "},
        {"link": f"  {LINK}\r\n"},
    ],
)
def test_it_replays_with_unknown_empty_and_untrimmed_parameters(add, alice, placed, changes):
    assert replays(add(alice, **changes), placed)


def test_it_replays_with_its_parameters_in_another_order(post, alice, service, placed):
    form = {"quantity": 1000, "request_id": "r-1", "action": "add", "link": LINK, "service": service.pk}
    assert replays(post(**form, key=alice.key), placed)


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 1001},
        {"quantity": "01000"},
        {"quantity": ""},
        {"link": LINK + "/"},
        {"coupon": "SUMMER"},
        {"runs": "1"},
        {"service": "999999"},
        {"service": "one"},
    ],
)
def test_another_body_is_a_conflict_and_changes_nothing(add, alice, placed, changes):
    refused = add(alice, **changes)
    assert (refused.status, refused.json) == (400, {"error": "request_id was already used for a different order"})
    assert everything() == placed[1]


def test_the_request_ids_of_another_account_are_its_own(add, alice, bob, placed):
    other = add(bob)
    assert other.status == 200
    assert other.json != placed[0].json
    assert "Idempotent-Replay" not in other.headers
    assert charges(bob) == [Decimal("-0.90")]
    assert books_agree()


def test_a_request_id_of_128_characters_in_any_script_is_kept_whole(add, alice):
    longest = "\u0436" * 127
    first, second = add(alice, request_id=longest + "1"), add(alice, request_id=longest + "2")
    assert first.status == second.status == 200
    assert first.json != second.json
    assert add(alice, request_id=longest + "1").json == first.json


def test_request_ids_that_differ_in_case_are_different(add, alice):
    assert add(alice, request_id="a").json != add(alice, request_id="A").json


def test_a_refused_request_may_be_tried_again_with_the_same_id_once_there_is_money(add, person):
    alice = person("alice", deposit="0.50")
    assert add(alice).json == {"error": "Insufficient balance"}
    accounts.operations.deposit(account_id=alice.id, amount=Decimal("0.40"), reference="more")
    added = add(alice)
    assert added.status == 200, added.json
    assert "Idempotent-Replay" not in added.headers
    assert charges(alice) == [Decimal("-0.90")]


def test_what_is_kept_of_a_request_is_a_digest_of_its_known_parameters(add, alice, placed):
    request = Request.objects.get()
    assert request.key == "id:r-1"
    assert len(request.digest) == hashlib.sha256().digest_size
