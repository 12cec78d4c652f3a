"""Ordering on a page: the form of each type of service, what its refusals say, and its price in words."""
