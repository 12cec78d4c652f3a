"""`add`: placing an order."""

from collections.abc import Mapping

import orders.operations
from api_v2.actions.declaration import Action, Example, Parameter
from api_v2.verdict import Caller
from orders.operations import LinkInProgress, OrdersStopped, Placed, RequestConflict, ServiceNotFound
from orders.parameters import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from wallets.operations import InsufficientBalance

LONGEST_REQUEST_ID = 128


class Add(Action):
    """Places an order, once for each `request_id`: sent again with the same body it gives the first answer again."""

    name = "add"
    summary = "Place an order."
    writes = True
    parameters = (
        Parameter("service", "The service's id, as `services` lists it.", "1", required=True),
        Parameter(
            "request_id",
            "Up to 128 characters of your choice that name this order. Sent again, it never orders twice.",
            "order-8841",
            required=True,
        ),
        Parameter("link", "An http(s) URL of up to 1000 characters.", "https://example.com/p/1"),
        Parameter("quantity", "Within the service's min and max. Ignored for Package.", "1000"),
        Parameter("runs", "0 or 1: an ordinary order.", ""),
        Parameter("interval", "Minutes between runs; only meaningful with runs.", ""),
        Parameter("coupon", "A coupon's code.", ""),
    )
    errors = (
        MissingParameter,
        InvalidParameter,
        RequestConflict,
        ServiceNotFound,
        OrdersStopped,
        QuantityBelow,
        QuantityAbove,
        LinkInProgress,
        InvalidCoupon,
        InsufficientBalance,
    )
    examples = (
        Example(
            {
                "service": "1",
                "link": "https://example.com/p/1",
                "quantity": "1000",
                "request_id": "order-8841",
            },
            {"order": "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"},
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> Placed:
        """Place the order, or return the one this request_id placed."""
        if len(params["request_id"]) > LONGEST_REQUEST_ID:
            raise InvalidParameter("request_id")
        return orders.operations.place(
            account_id=caller.account_id,
            params=params,
            request_id=params["request_id"],
            api_key_id=caller.key_id,
            actor=f"api:{caller.key_prefix}",
        )
