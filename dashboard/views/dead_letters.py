"""Dead letters: what failed for good, and the way back to work."""

from dashboard.dead.page import show_dead_letters

show_dead_letters()
