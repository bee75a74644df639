"""Hostile documents are read in child processes, which may hang or crash alone."""
