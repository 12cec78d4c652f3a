"""What the actions' examples are about: an order, a refill and a webhook that nobody has."""

from uuid import UUID

from kit import ids

ORDER_ID = UUID("018c13d3-ce56-2545-445f-85d0f06f014b")
ORDER_NUMBER = 23501
ORDER = ids.shown("ord", ORDER_ID)
NO_ORDER_NUMBER = 99999
REFILL_ID = UUID("018c13d5-7ef4-3b08-d0b9-0f2c0514c8d3")
REFILL_NUMBER = 1
REFILL = ids.shown("ref", REFILL_ID)
NO_REFILL_NUMBER = 3
POST_IDS = (UUID("018c13d7-9ec0-ceaa-1a0a-fc2e8783780a"), UUID("018c13d9-92c0-ceaa-2a8a-fc2e8783780b"))
POST_NUMBERS = (23502, 23509)
SUBSCRIPTION = "ord_01HG9XD2S0BSCR1PT10N5QW8RT"
WEBHOOK_ID = UUID("018c140e-0d71-0026-2a22-fc2e8783780a")
WEBHOOK = ids.shown("whk", WEBHOOK_ID)
TEST_EVENT_ID = UUID("018c140e-a34e-ce88-d0b9-0f2c0514c8d3")
# A batch by numbers, the second of which names nothing.
ORDERS, REFILLS = (str(ORDER_NUMBER), str(NO_ORDER_NUMBER)), (str(REFILL_NUMBER), str(NO_REFILL_NUMBER))
SEVERAL = "Several at once"
BY_NUMBERS = "Several by their numbers, one of them not found"
