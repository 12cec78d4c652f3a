"""What a reseller sees of the account: one page a module."""
