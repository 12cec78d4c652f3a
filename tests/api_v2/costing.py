"""What each action costs, read off both wires: every message to PostgreSQL, BEGIN and COMMIT too, and to Redis."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis.connection
from django.db import connection

import accounts.operations
from accounts import keys
from accounts.models import ApiKey
from kit import ids
from tests.api_v2.calling import ELSEWHERE, WAYS, by_get
from tests.api_v2.conftest import HOOK, LINK
from tests.conftest import Answer

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Cost:
    """Round trips: to PostgreSQL, each with the first word of what was sent, and to Redis."""

    sql: list[str] = field(default_factory=list)
    redis: int = 0

    @property
    def both(self) -> tuple[int, int]:
        return len(self.sql), self.redis


SENT = re.compile(r'^F\t\d+\t(?:Query|Parse)\t (?:"[^"]*" )?"\s*(\w+)', re.MULTILINE)


@pytest.fixture
def cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Count the round trips of what runs inside: `with cost() as spent: …`."""
    counting: list[Cost] = []
    send = redis.connection.AbstractConnection.send_packed_command

    caller = threading.current_thread()

    def counted(self, *args, **kwargs):
        if threading.current_thread() is caller:  # the thread that rings bells is nobody's round trip
            for each in counting:
                each.redis += 1
        return send(self, *args, **kwargs)

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", counted)

    @contextmanager
    def measure() -> Iterator[Cost]:
        connection.ensure_connection()
        wire, trace, spent = connection.connection.pgconn, tmp_path / "trace", Cost()
        with trace.open("wb") as file:
            wire.trace(file.fileno())
            wire.set_trace_flags(1)  # no timestamps
            counting.append(spent)
            try:
                yield spent
            finally:
                counting.clear()
                wire.untrace()
        text = trace.read_text(errors="replace")
        spent.sql = SENT.findall(text)
        # Every statement is answered by one ReadyForQuery: nothing was sent that the pattern does not know.
        assert len(spent.sql) == text.count("ReadyForQuery"), text

    return measure


@pytest.fixture
def warm(post, alice, service) -> None:
    """The scripts are loaded, the key and the balance are cached."""
    assert post(key=alice.key, action="balance").status == 200


def answered(answer: Answer) -> None:
    assert answer.status == 200, answer.json


def placing(post, person, service, request_id: str = "r-1") -> Answer:
    form = {"service": service.pk, "link": LINK, "quantity": 1000, "request_id": request_id}
    answer: Answer = post(key=person.key, action="add", **form)
    return answer


@pytest.mark.usefixtures("warm")
def test_a_cached_balance_costs_no_statement_and_one_round_trip(post, alice, cost):
    with cost() as spent:
        answered(post(key=alice.key, action="balance"))
    assert spent.both == (0, 1)


@pytest.mark.usefixtures("warm")
def test_a_balance_that_is_not_cached_costs_one_statement(post, alice, cost, held):
    post(key=alice.key, action="balance")  # under the held clock
    held.forward(29)
    post(key=alice.key, action="status", order="1")
    held.forward(2)
    with cost() as spent:
        answered(post(key=alice.key, action="balance"))
    # The key's record has lapsed as well: its look-up, the second look, the balance and its record.
    assert spent.sql == ["SELECT", "SELECT"]
    assert spent.redis == 4


def test_the_first_request_of_a_key_costs_one_look_up(post, alice, cost):
    post(key="malformed", action="balance")  # loads the script
    with cost() as spent:
        post(key=alice.key, action="nothing")
    assert spent.sql == ["SELECT"]
    assert spent.redis == 3  # the first look, the records, the second look


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("action", ["balance", "status"])
def test_a_key_known_to_open_nothing_costs_what_a_good_one_costs(post, cost, action):
    unknown = keys.new_key()
    post(key=unknown, action=action)
    for key in (unknown, unknown, "malformed", ""):
        with cost() as spent:
            assert post(key=key, action=action).json == {"error": "Invalid API key"}
        assert spent.both == (0, 1), key


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("end", [accounts.operations.revoke_key, accounts.operations.regenerate_key])
def test_a_key_that_has_ended_costs_what_a_good_one_costs_however_long_ago(post, alice, cost, held, end):
    end(key_id=ApiKey.objects.get(account_id=alice.id).pk)
    for _ in range(3):
        with cost() as spent:
            assert post(key=alice.key, action="balance").json == {"error": "Invalid API key"}
        assert spent.both == (0, 1)
        held.forward(31)


@pytest.mark.usefixtures("warm")
def test_a_key_that_opens_nothing_yet_costs_one_look_up(post, cost):
    with cost() as spent:
        post(key=keys.new_key(), action="balance")
    assert spent.sql == ["SELECT"]
    assert spent.redis == 3


@pytest.mark.usefixtures("warm")
def test_the_services_cost_two_statements_however_many_they_are(post, alice, sell, cost):
    for number in range(2, 30):
        sell(remote_id=str(number), category=f"Category {number % 5}")
    with cost() as spent:
        answered(post(key=alice.key, action="services"))
    assert spent.sql == ["SELECT", "SELECT"]
    assert spent.redis == 1


@pytest.mark.usefixtures("warm")
def test_an_add_costs_six_statements_in_one_transaction(post, alice, service, cost):
    with cost() as spent:
        answered(placing(post, alice, service))
    # The request, the offer, the order, its purchase, its history, and the money as the last statement.
    assert spent.sql == ["BEGIN", "INSERT", "SELECT", "INSERT", "INSERT", "INSERT", "WITH", "COMMIT"]
    assert spent.redis == 2  # admission, and the balance written through


@pytest.mark.usefixtures("warm")
def test_a_replay_costs_two_statements(post, alice, service, cost):
    placing(post, alice, service)
    with cost() as spent:
        answered(placing(post, alice, service))
    assert spent.sql == ["BEGIN", "INSERT", "SELECT", "COMMIT"]
    assert spent.redis == 1


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("count", [1, 2, 100])
def test_a_status_costs_one_statement_however_many_it_asks_for(post, alice, service, cost, count):
    placed = [placing(post, alice, service, f"r-{number}").json["order"] for number in range(3)]
    ids = [*placed, *(str(number) for number in range(1000, 1097))][:count]
    with cost() as spent:
        answered(post(key=alice.key, action="status", orders=",".join(ids)))
    assert spent.sql == ["SELECT"]
    assert spent.redis == 1


@pytest.mark.usefixtures("warm")
def test_a_refused_add_costs_no_more_than_it_had_to_look_at(post, alice, cost):
    with cost() as spent:
        post(key=alice.key, action="add", service="1")
    assert spent.both == (0, 1)  # request_id is missing, which needs no look
    with cost() as spent:
        post(key=alice.key, action="add", service="999999", request_id="r-1")
    assert spent.sql == ["BEGIN", "INSERT", "SELECT", "ROLLBACK"]


@pytest.fixture
def webhook(hook, alice) -> str:
    """One that the key has."""
    made: str = hook(alice).json["webhook"]
    return made


# Of each: what it costs when it does what it is for.
WEBHOOKS = {
    # The key, its endpoints (then the look-up, in no transaction), the endpoint, its history.
    "webhook.add": ["SELECT", "SELECT", "BEGIN", "INSERT", "INSERT", "COMMIT"],
    "webhook.list": ["SELECT"],
    # The endpoint, its end, what was on its way there, its history.
    "webhook.remove": ["SELECT", "BEGIN", "UPDATE", "WITH", "SELECT", "INSERT", "COMMIT"],
    # The endpoint, with its key, the event, its delivery.
    "webhook.test": ["SELECT", "SELECT", "BEGIN", "INSERT", "INSERT", "COMMIT"],
}


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("action", WEBHOOKS)
def test_what_the_actions_on_webhooks_cost(post, alice, webhook, cost, action):
    with cost() as spent:
        answered(post(key=alice.key, action=action, webhook=webhook, url=HOOK))
    assert spent.sql == WEBHOOKS[action]
    assert spent.redis == 1


@pytest.mark.usefixtures("warm")
def test_a_webhook_that_is_refused_or_not_found_costs_no_more_than_it_had_to_look_at(post, alice, locally, cost):
    for form, statements in [
        ({"action": "webhook.add", "url": HOOK, "events": "x"}, []),
        ({"action": "webhook.remove", "webhook": "whk_x"}, []),
        ({"action": "webhook.test", "webhook": ids.shown("whk", ids.new_id())}, ["SELECT"]),
    ]:
        with cost() as spent:
            assert post(key=alice.key, **form).status == 400
        assert (spent.sql, spent.redis) == (statements, 1), form


@pytest.mark.usefixtures("warm")
def test_a_denied_request_costs_one_round_trip(post, alice, cost, settings):
    settings.RATE_LIMIT_KEY = 1
    post(key=alice.key, action="nothing")
    with cost() as spent:
        assert post(key=alice.key, action="services").status == 429
    assert spent.both == (0, 1)


@pytest.mark.parametrize("environ", [{"REQUEST_METHOD": "GET"}, {"CONTENT_LENGTH": "2000000"}, {"HTTP_HOST": "x"}])
@pytest.mark.usefixtures("warm")
def test_what_cannot_be_read_costs_one_round_trip(post, alice, cost, environ):
    with cost() as spent:
        post(key=alice.key, action="services", environ=environ)
    assert spent.both == (0, 1)


# --- The classic dialect ------------------------------------------------------------------------------------------


@pytest.fixture
def carol(person, post):
    """A reseller with a classic key that is cached, as her balance is."""
    carol = person("carol", dialect="classic")
    assert post(key=carol.key, action="balance").status == 200
    return carol


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("way", WAYS)
def test_a_classic_balance_costs_the_same_in_whatever_way_it_comes(carol, cost, way):
    with cost() as spent:
        answered(WAYS[way](key=carol.key, action="balance"))
    assert spent.both == (0, 1)


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("way", ["form", "GET", "JSON"])
def test_a_classic_add_without_a_request_id_costs_what_an_add_costs_and_sent_again_two(carol, service, cost, way):
    order = {"key": carol.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 1000}
    with cost() as spent:
        answered(WAYS[way](**order))
    assert spent.sql == ["BEGIN", "INSERT", "SELECT", "INSERT", "INSERT", "INSERT", "WITH", "COMMIT"]
    assert spent.redis == 2
    with cost() as spent:
        answered(WAYS[way](**order))
    assert spent.sql == ["BEGIN", "INSERT", "SELECT", "COMMIT"]
    assert spent.redis == 1


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("way", ELSEWHERE)
def test_a_standard_key_outside_the_form_costs_what_one_costs_that_is_not_known(alice, cost, way):
    unknown = keys.new_key()
    ELSEWHERE[way](key=unknown, action="balance")
    for key in (unknown, alice.key):
        with cost() as spent:
            assert ELSEWHERE[way](key=key, action="services").status == 400
        assert spent.both == (0, 1)


@pytest.mark.usefixtures("warm")
def test_what_a_classic_program_asks_of_many_costs_one_statement(carol, cost):
    for form in ({"action": "status", "orders": "1,2, 3,"}, {"refills": "1,2"}):
        with cost() as spent:
            answered(by_get(key=carol.key, **form))
        assert (spent.sql, spent.redis) == (["SELECT"], 1)
