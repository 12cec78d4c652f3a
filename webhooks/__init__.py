"""Telling resellers what happened. The facts are in events; this room will carry them out of the house."""
