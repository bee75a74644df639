"""Webhooks: what others send, signed by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""
