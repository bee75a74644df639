"""The two brains: what they read, write and check, and their way to the models."""
