"""Subscriptions: what their provider says becomes posts, each an order of its own, and money, each cent once.

Whoever changes one holds its purchases, then its order, then the wallet, always in this order (`holding.py`).
"""
