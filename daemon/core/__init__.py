"""Facts: errors, settings, clock, ids, events, logging. Imports nothing of ours."""
