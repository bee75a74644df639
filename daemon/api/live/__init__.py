"""The live page: static files without a build step, and the way in for a person's browser."""
