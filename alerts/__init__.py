"""What the operator is told: one row for a cause, from when it begins until it is over."""
