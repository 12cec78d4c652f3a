"""What endpoints are told, beside what the API answers of the same order right after the commit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from django.db import transaction

from events.announcing import announced
from events.models import Event
from tests.conftest import Person, Post
from tests.webhooks.conftest import Listen
from webhooks.models import Delivery, Endpoint


@dataclass
class Witness:
    """One person's endpoint: the bodies it is told, in the order they were written, and what the API said of each."""

    person: Person
    endpoint: Endpoint
    post: Post
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """Return the names of what was told."""
        return [each["type"] for each in self.bodies]

    def told(self, kind: str) -> dict[str, Any]:
        """Return the data of the one event of this kind."""
        told: list[dict[str, Any]] = [each["data"] for each in self.bodies if each["type"] == kind]
        (data,) = told
        return data

    def hear(self, event: Event, **kwargs: Any) -> None:
        """Have the API asked of the event's order as soon as the event has been committed."""
        transaction.on_commit(lambda: self._compare(event))

    def _compare(self, event: Event) -> None:
        body = Delivery.objects.values_list("body", flat=True).filter(event=event, endpoint=self.endpoint).first()
        if body is None:
            return
        self.bodies.append(orjson.loads(body))
        order = self.bodies[-1]["data"].get("order")
        answer = self.post(key=self.person.key, action="status", order=order).json if order else {}
        self.answers.append(answer)

    def assert_told_what_is_answered(self) -> None:
        """Fail where an order's event said anything else than `status` did: by member, by value and by type."""
        classic = self.endpoint.api_key.dialect == "classic"
        named = {"order": int if classic else str, "service": int, "request_id": str}
        for body, answer in zip(self.bodies, self.answers, strict=True):
            if not body["type"].startswith("order."):
                continue
            money = ["refund", "balance"] if body["type"] == "order.refunded" else []
            assert list(body["data"]) == [*named, *answer, *money], body
            assert {name: body["data"][name] for name in answer} == answer, body
            assert {name: type(body["data"][name]) for name in named} == named, body
            assert all(type(body["data"][name]) is str for name in money), body


@pytest.fixture
def witness(listen: Listen, post: Post) -> Iterator[Callable[[Person], Witness]]:
    """Give a person an endpoint that hears everything: `witness(alice)`. All it is told is compared at the end."""
    made: list[Witness] = []

    def attend(person: Person) -> Witness:
        made.append(Witness(person, listen(person), post))
        announced.connect(made[-1].hear)
        return made[-1]

    yield attend
    for each in made:
        announced.disconnect(each.hear)
        each.assert_told_what_is_answered()
