"""Telling resellers what happened."""
