"""What happened: one table, one function. An order's history, the webhooks' outbox and the audit log."""
