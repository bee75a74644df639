"""X, read through its API v2: accounts and recent searches, paid for by what is read."""
