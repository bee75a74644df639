"""Webhooks: what others send, signed by the Standard Webhooks scheme (https://www.standardwebhooks.com), version 1.0."""
