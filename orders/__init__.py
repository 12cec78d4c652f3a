"""An order's life: placing, buying upstream, following, refunding."""
