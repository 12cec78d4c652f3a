"""Webhooks: where the account's programs are told what happened, what was sent there, and what can be done about it."""
