"""One file per vendor; each holds the only import of its SDK."""
