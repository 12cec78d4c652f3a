"""The reseller's door, `POST /api/v2`: admission, actions, dialects, errors. No tables."""
