"""The parts of the control page."""
