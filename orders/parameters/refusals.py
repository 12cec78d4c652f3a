"""What can be wrong with an order's parameters."""


class MissingParameter(ValueError):
    """A parameter the service's type needs is absent. `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing")
        self.name = name


class InvalidParameter(ValueError):
    """A parameter is there but cannot be what it has to be. `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is malformed")
        self.name = name


class InvalidCoupon(ValueError):
    """The coupon does not apply, for whatever reason."""


class QuantityBelow(ValueError):
    """Fewer than the service's `minimum`."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"at least {minimum}")
        self.minimum = minimum


class QuantityAbove(ValueError):
    """More than the service's `maximum`."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"at most {maximum}")
        self.maximum = maximum
