"""The reseller's pages, the public ones, and the developer documentation."""
