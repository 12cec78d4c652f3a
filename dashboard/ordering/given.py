"""What an order was placed with beside its link and quantity, in the words of the form."""

from dataclasses import dataclass
from typing import Any

from django import forms

from dashboard.ordering.fields import FIELDS
from orders.models import Order
from orders.parameters import KNOWN


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter: what it is called, what was given, and how many lines that has."""

    label: str
    value: str

    @property
    def lines(self) -> int:
        """Return how many lines it has."""
        return self.value.count("\n") + 1


def given_with(order: Order) -> list[Given]:
    """Return the parameters of the order's type, in the order of the form."""
    return [_given(name, order.params[name]) for name in KNOWN if order.params.get(name)]


def _given(name: str, value: str) -> Given:
    field = FIELDS[name](False)
    offered: Any = field.choices if isinstance(field, forms.ChoiceField) else ()
    return Given(str(field.label), str(dict(offered).get(value, value)))
