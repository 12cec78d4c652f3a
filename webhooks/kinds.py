"""The facts that a reseller can be told, by the names endpoints subscribe to. Source: protocol.md, deliveries."""

from orders.states import OrderStatus, RefillStatus

# Each with when it happens, as the documentation says it.
KINDS: dict[str, str] = {
    f"order.{OrderStatus.PROCESSING}": "the order was sent to be delivered",
    f"order.{OrderStatus.IN_PROGRESS}": "its delivery has begun",
    f"order.{OrderStatus.COMPLETED}": "all of it was delivered",
    f"order.{OrderStatus.PARTIAL}": "it ended with a part delivered",
    f"order.{OrderStatus.CANCELED}": "it was cancelled",
    f"order.{OrderStatus.FAILED}": "it could not be delivered",
    "order.refunded": "money went back to the balance",
    f"refill.{RefillStatus.COMPLETED}": "the refill was done",
    f"refill.{RefillStatus.REJECTED}": "the refill was refused",
    "balance.low": "a charge took the balance from the account's threshold or above it to below",
    "webhook.test": "somebody asked for a test; every endpoint hears its own, whatever it subscribed to",
}
TEST = "webhook.test"
