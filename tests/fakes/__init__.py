"""Fakes for the clock and the network edge."""
