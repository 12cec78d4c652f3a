"""Where an order's quantity comes from, by its service's type. Each way takes the service and the parameters."""

from collections.abc import Callable, Mapping

from catalog.models import Service
from orders.parameters.refusals import InvalidParameter, QuantityAbove, QuantityBelow
from orders.parameters.rules import whole_number

Quantity = Callable[[Service, Mapping[str, str]], int]


def sent(service: Service, params: Mapping[str, str]) -> int:
    """Return the parameter `quantity`, which is within the service's min and max."""
    return _within(service, whole_number(params, "quantity"))


def lines_of(name: str) -> Quantity:
    """Return the way of counting a parameter's lines, as `rules.lines` left them."""

    def counted(service: Service, params: Mapping[str, str]) -> int:
        return _within(service, params[name].count("\n") + 1)

    return counted


def services_min(service: Service, params: Mapping[str, str]) -> int:
    """Return the service's min: what a package holds."""
    return service.min


def one(service: Service, params: Mapping[str, str]) -> int:
    """Return 1."""
    return 1


def posts(service: Service, params: Mapping[str, str]) -> int:
    """Return how many posts a subscription is for, 0 for no end; each post's min and max are within the service's."""
    lowest, highest = (_within(service, int(params[name])) for name in ("min", "max"))
    if lowest > highest:
        raise InvalidParameter("max")
    return int(params.get("posts") or 0)


def _within(service: Service, quantity: int) -> int:
    if quantity < service.min:
        raise QuantityBelow(service.min)
    if quantity > service.max:
        raise QuantityAbove(service.max)
    return quantity
