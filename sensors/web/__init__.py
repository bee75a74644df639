"""The web as sensors meet it: guarded connections, fetching, and what a page shows at a first look."""
