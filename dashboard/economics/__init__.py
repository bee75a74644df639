"""What it costs: today, the days before, on what, and what it would cost elsewhere."""
