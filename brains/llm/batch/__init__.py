"""Requests that can wait, sent through the providers' batch interfaces at half the price."""
