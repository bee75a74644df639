"""Long-term memory: recall and remember."""
