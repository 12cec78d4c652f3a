"""Every write of webhooks: endpoints, what is to be told to them, and what came of it."""
