"""The pages: a script for each address."""
