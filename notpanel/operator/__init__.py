"""The operator's way in: the admin site, its log-in, its first page and its menu."""
