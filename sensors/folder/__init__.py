"""Watched folders: the files that people put there become items. Nothing in them is ever changed."""
