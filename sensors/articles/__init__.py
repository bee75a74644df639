"""The articles behind entries: fetched politely, taken out of their pages, and not mistaken for something else."""
