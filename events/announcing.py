"""How a fact reaches the rooms that carry it on: they stand to the right of this one, which cannot name them."""

from django.dispatch import Signal

# Sent with `event` in the transaction that writes the fact. A receiver that raises undoes the change it tells of.
announced = Signal()
