"""Measured against peers; never part of the test run."""
