"""The reseller's orders: placed, listed, looked at."""
