"""Measurements one can repeat: each prints what it compared, side by side in one run."""
