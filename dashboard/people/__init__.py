"""Signing up, logging in, and proving that it is you."""
