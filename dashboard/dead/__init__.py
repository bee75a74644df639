"""Dead letters: what failed, why, and the way back to work."""
