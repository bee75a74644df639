"""The daemon: board, resilience, services, publishing, API and command line."""
