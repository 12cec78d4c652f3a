"""Telling resellers what happened: from the facts in events to the addresses they gave."""
