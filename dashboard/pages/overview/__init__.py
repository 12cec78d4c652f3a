"""The first page after logging in: how the account is doing, and what is to be done about it."""
