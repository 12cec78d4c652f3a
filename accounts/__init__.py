"""Who may do what: users, tiers, API keys."""
